# One tiny scene as COCO JSON, PASCAL VOC, YOLO, Open Images and class folders: the same labels and the
# same boxes come out of each, and every kind of damage is named with its file and line.
set -eu
image=$VWW_SOURCE_DIR/tests/fuzz/corpus/image/rgb.jpg # 24 x 20 pixels
mkdir images
for id in 1 2 3; do cp "$image" images/$id.jpg; done

# Image 1: a person over the pixels 2..11 x 3..12; image 2: a dog; image 3: nothing.
cat >coco.json <<'JSON'
{"images": [{"id": 1, "file_name": "1.jpg", "width": 24, "height": 20},
            {"id": 2, "file_name": "2.jpg", "width": 24, "height": 20},
            {"id": 3, "file_name": "3.jpg", "width": 24, "height": 20}],
 "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 10, 10], "area": 80},
                 {"id": 2, "image_id": 2, "category_id": 3, "bbox": [0, 0, 12, 10], "area": 90}],
 "categories": [{"id": 1, "name": "person", "supercategory": "person"},
                {"id": 3, "name": "dog", "supercategory": "animal"},
                {"id": 4, "name": "cat", "supercategory": "animal"}]}
JSON
# voc ID NAME XMIN YMIN XMAX YMAX
voc() {
    printf '<annotation><filename>%s.jpg</filename><size><width>24</width><height>20</height>' "$1"
    printf '<depth>3</depth></size>'
    [ $# -eq 1 ] || printf '<object><name>%s</name><part><name>head</name></part><bndbox>
<xmin>%s</xmin><ymin>%s</ymin><xmax>%s</xmax><ymax>%s</ymax></bndbox></object>' "$2" "$3" "$4" "$5" "$6"
    printf '</annotation>\n'
}
mkdir -p voc/Annotations voc/ImageSets/Main
voc 1 person 3 4 12 13 >voc/Annotations/1.xml
voc 2 dog 1 1 12 10 >voc/Annotations/2.xml
voc 3 >voc/Annotations/3.xml
printf '1  1\n3 -1\n' >voc/ImageSets/Main/some.txt

mkdir yolo
printf 'dog\nperson\n' >yolo/classes.txt
printf '1 0.2916666666666667 0.4 0.4166666666666667 0.5\n' >yolo/1.txt
printf '0 0.25 0.25 0.5 0.5\n\n' >yolo/2.txt

mkdir open
printf '/m/01g317,Person\n/m/0bt9lr,Dog\n' >open/class-descriptions-boxable.csv
header=ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf
cat >open/boxes.csv <<CSV
$header
1,xclick,/m/01g317,1,0.0833333333333333,0.5,0.15,0.65,0,0,0
2,xclick,/m/0bt9lr,1,0,0.5,0,0.5,0,0,0
77,xclick,/m/01g317,1,0,0.5,0,0.5,0,0,0
CSV

mkdir -p folders/person folders/others
cp images/1.jpg folders/person/a.jpg
cp images/2.jpg folders/others/b.jpg
cp images/3.jpg folders/others/c.jpg

labels() { "$VWW" dataset labels --quiet "$@" --csv -; }
expect() { printf 'image_id,label\n1,%s\n2,%s\n3,%s\n' "$@" >expected; cmp - expected; }
voc_args='--source voc --annotations voc/Annotations'
yolo_args='--source yolo --annotations yolo --image-dir images'
open_args='--source openimages --annotations open/boxes.csv --image-dir images'
for threshold in 0.2 0.21; do # the person covers 100 of 480 pixels
    label=$([ $threshold = 0.2 ] && echo 1 || echo 0)
    labels --annotations coco.json --small-object-area-threshold $threshold | expect $label 0 0
    # The lists of words are meant to be split.
    # shellcheck disable=SC2086
    labels $voc_args --small-object-area-threshold $threshold | expect $label 0 0
    # shellcheck disable=SC2086
    labels $yolo_args --small-object-area-threshold $threshold | expect $label 0 0
    # shellcheck disable=SC2086
    labels $open_args --foreground-class-of-interest Person \
        --small-object-area-threshold $threshold 2>note | expect $label 0 0
done
labels --source voc --annotations voc/ImageSets/Main/some.txt | grep -c , | grep -qx 3
labels --source folders --image-dir folders | grep -c ',1$' | grep -qx 1

# Several classes, and a supercategory.
labels --annotations coco.json --foreground-class-of-interest person,dog | expect 1 1 0
labels --annotations coco.json --foreground-class-of-interest 'animal' | expect 0 1 0
labels $yolo_args --foreground-class-of-interest dog | expect 0 1 0

# --- the same records from each
build() {
    name=$1; shift
    "$VWW" dataset build --quiet --output-dir "$name" --train-shards 1 --val-shards 1 \
        --train-image-dir images --val-image-dir other "$@" >"$name.summary"
}
mkdir -p other other-voc other-yolo
cp "$image" other/9.jpg
sed 's/"id": 1, "file/"id": 9, "file/; s/1\.jpg/9.jpg/; s/"image_id": [12]/"image_id": 9/;
    s/^ *{"id": [23], "file.*$//; s/"height": 20},$/"height": 20}],/' coco.json >other.json
voc 9 person 3 4 12 13 >other-voc/9.xml
cp yolo/classes.txt other-yolo
cp yolo/1.txt other-yolo/9.txt
sed 's/^1,/9,/' open/boxes.csv >open/other.csv
build from-coco --train-annotations-file coco.json --val-annotations-file other.json
build from-voc --source voc --train-annotations-file voc/Annotations --val-annotations-file other-voc
build from-yolo --source yolo --train-annotations-file yolo --val-annotations-file other-yolo
build from-open --source openimages --train-annotations-file open/boxes.csv \
    --val-annotations-file open/other.csv --foreground-class-of-interest Person
grep -q '^train .* 3 images: 1 person, 2 background' from-coco.summary
cmp from-coco.summary from-voc.summary 2>/dev/null || true
for name in voc yolo open; do
    grep -q '^train .* 3 images: 1 [Pp]erson, 2 background' from-$name.summary
    grep -q "\"source\": \"$name" from-$name/manifest.json
done
# The VOC boxes are whole pixels, as COCO's here, so the records differ in the area alone.
[ "$(stat -c %s from-coco/train.record-00000-of-00001)" -eq \
    "$(stat -c %s from-voc/train.record-00000-of-00001)" ]
cmp -s from-voc/train.record-00000-of-00001 from-yolo/train.record-00000-of-00001

# --- damage
refuse() {
    words=$1; shift
    got=0; "$@" >output 2>error || got=$?
    [ $got -eq 1 ] && [ ! -s output ] || { echo "$*: exit $got"; cat error; exit 1; }
    for word in $words; do
        grep -qF -- "$word" error || { echo "$*: no \"$word\" in:"; cat error; exit 1; }
    done
}
mkdir bad
bad_voc() { cat >bad/1.xml; refuse "bad/1.xml $1" labels --source voc --annotations bad; }
voc 1 person 3 4 12 13 | head -c 100 | bad_voc 'well-formed line 1'
voc 1 person 3 4 nan 13 | bad_voc '<xmax> number'
voc 1 '' 3 4 12 13 | bad_voc '<name>'
voc 1 | sed 's/<width>24/<width>0/' | bad_voc 'size <width>0'
voc 1 | sed 's/<filename>.*<.filename>//' | bad_voc 'no <filename>'
echo '<html/>' | bad_voc '<html>'
echo '<!DOCTYPE annotation [<!ENTITY a "aa">]><annotation>&a;</annotation>' | bad_voc 'DOCTYPE'
seq 99 | sed 's/.*/<annotation>/' | bad_voc 'nested'
rm bad/*
cp yolo/classes.txt bad
bad_yolo() {
    printf "$1" >bad/2.txt
    refuse "bad/2.txt $2" labels --source yolo --annotations bad --image-dir images
}
bad_yolo '1 0.5 0.5 0.1 0.1\n1 0.5 0.5 0.1\n' 'line 2 five'
bad_yolo '2 0.5 0.5 0.1 0.1\n' 'line 1 classes.txt'
bad_yolo '1 12 10 5 5\n' 'shares'
bad_yolo '1 0.5 0.5 0.1 inf\n' 'number'
bad_yolo '1 0.5 0.5 \0 0.1\n' 'NUL'
refuse 'classes.txt' labels --source yolo --annotations images --image-dir images
bad_open() {
    printf '%s\n' "$header" "$1" >open/bad.csv
    refuse "open/bad.csv $2" labels --source openimages --annotations open/bad.csv \
        --image-dir images --foreground-class-of-interest Person
}
bad_open '1,x,/m/01g317,1,0,2,0,0.5,0,0,0' 'line 2 share'
bad_open '1,x,/m/01g317,1,0,0.5,0' 'line 2 7 fields 11'
bad_open '"1,x' 'line 2 quoted'
echo 'a,b' >open/bad.csv
refuse 'ImageID line 1' labels --source openimages --annotations open/bad.csv --image-dir images \
    --foreground-class-of-interest Person
refuse 'Persn Person?' labels $open_args --foreground-class-of-interest Persn
refuse 'animl animal?' labels --annotations coco.json --foreground-class-of-interest animl
refuse 'folders classes' labels --source folders --image-dir images
printf 'nothing' >folders/others/d.jpg
refuse 'others/d.jpg' labels --source folders --image-dir folders
got=0; "$VWW" dataset labels --source yolo --annotations yolo 2>error || got=$?
[ $got -eq 2 ] && grep -q -- --image-dir error
