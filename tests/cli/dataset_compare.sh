# vww dataset compare: counts, list and contact sheet of the images on which two policies differ.
set -eu
image=$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.jpg # 24 x 20 pixels
mkdir images
for id in 1 2 3 4 5; do cp "$image" images/$id.jpg; done
mv images/3.jpg 'images/3,"x".jpg'
# Of 480 pixels: 1 has a box of 2.5 % exactly; 2 a crowd; 3 a box of 10 % whose mask is 0.2 %; 4 nothing;
# 5 half of the image by box and mask.
cat >coco.json <<'JSON'
{"images": [{"id": 5, "file_name": "5.jpg", "width": 24, "height": 20},
            {"id": 1, "file_name": "1.jpg", "width": 24, "height": 20},
            {"id": 2, "file_name": "2.jpg", "width": 24, "height": 20},
            {"id": 3, "file_name": "3,\"x\".jpg", "width": 24, "height": 20},
            {"id": 4, "file_name": "4.jpg", "width": 24, "height": 20}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 4, 3], "area": 12},
                 {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 24, 20], "area": 400, "iscrowd": 1},
                 {"id": 3, "image_id": 3, "category_id": 1, "bbox": [0, 0, 8, 6], "area": 0.96},
                 {"id": 4, "image_id": 5, "category_id": 1, "bbox": [0, 0, 24, 10], "area": 240}],
 "categories": [{"id": 1, "name": "person"}]}
JSON
compare() { "$VWW" dataset compare --quiet --annotations coco.json --image-dir images "$@"; }
compare --policy paper --with tf --csv - >list
printf 'image_id,file_name,first,second\n3,"3,""x"".jpg",1,0\n' | cmp - list
compare --policy paper --with mlperf --csv list --sheet sheet.png --json |
    grep -q '"differing":2,"counts":{"0 0":1,"0 1":0,"0 dropped":0,"1 0":1,"1 1":2,"1 dropped":1,'
printf 'image_id,file_name,first,second\n1,1.jpg,1,dropped\n2,2.jpg,1,0\n' | cmp - list
[ "$(od -An -tx1 -N4 sheet.png | tr -d ' ')" = 89504e47 ]
compare --policy tf --with mlperf | grep -q '^3 of 5 images differ'
compare --policy tf --with pyvww --sheet none.png | grep -q '^0 of 5 images differ'
[ ! -e none.png ]
got=0; compare --with papr 2>error || got=$?
[ $got -eq 1 ] && grep -q 'paper?' error
rm images/1.jpg
got=0; compare --with mlperf --sheet other.png >output 2>error || got=$?
[ $got -eq 1 ] && grep -q 'images/1.jpg' error && [ ! -e other.png ] && [ ! -s output ]
