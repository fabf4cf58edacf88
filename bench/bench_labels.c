/* Labelling of an annotation file as large as all of COCO 2014: 123,287 images and 890,000
 * annotations with polygons. Prints megabytes a second of the processor's and of the clock's time,
 * and the peak memory of the process that labels. One core: labelling is one thread.
 *
 *   bench_labels [IMAGES ANNOTATIONS]      less for a trial */
#include "base/file.h"
#include "base/random.h"
#include "vww/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void put_images(FILE *stream, int images)
{
    for (int i = 0; i < images; i++)
        fprintf(stream,
                "%s{\"license\": 3, \"file_name\": \"COCO_val2014_%012d.jpg\", \"coco_url\": "
                "\"http://images.example.org/val2014/COCO_val2014_%012d.jpg\", \"height\": 480, "
                "\"width\": 640, \"date_captured\": \"2013-11-14 11:18:45\", \"flickr_url\": "
                "\"http://farm4.example.org/3153/%010d_164f0c0b83_z.jpg\", \"id\": %d}",
                i > 0 ? ", " : "", i, i, i, i);
}

/* Polygons of 8 to 50 points; one annotation in a hundred is a crowd, which has runs instead. */
static void put_shape(FILE *stream, struct vww_random *random)
{
    const bool crowd = vww_random_below(random, 100) == 0;
    const uint32_t numbers = 16 + 2 * vww_random_below(random, 43);
    fputs(crowd ? "{\"segmentation\": {\"counts\": [" : "{\"segmentation\": [[", stream);
    for (uint32_t i = 0; i < numbers; i++)
        if (crowd)
            fprintf(stream, "%s%u", i > 0 ? ", " : "", vww_random_below(random, 5000));
        else
            fprintf(stream, "%s%.2f", i > 0 ? ", " : "", vww_random_between(random, 0, 480));
    fputs(crowd ? "], \"size\": [480, 640]}, \"iscrowd\": 1" : "]], \"iscrowd\": 0", stream);
}

static bool write_annotations(const char *path, uint32_t images, int annotations)
{
    FILE *stream = fopen(path, "w");
    if (stream == NULL)
        return false;
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    fputs("{\"info\": {\"description\": \"generated\"}, \"images\": [", stream);
    put_images(stream, (int)images);
    fputs("], \"licenses\": [], \"annotations\": [", stream);
    for (int i = 0; i < annotations; i++) {
        fputs(i > 0 ? ", " : "", stream);
        put_shape(stream, &random);
        fprintf(stream,
                ", \"area\": %.5f, \"image_id\": %u, \"bbox\": [%.2f, %.2f, %.2f, %.2f], "
                "\"category_id\": %u, \"id\": %d}",
                vww_random_between(&random, 10, 20000), vww_random_below(&random, images),
                vww_random_between(&random, 0, 300), vww_random_between(&random, 0, 200),
                vww_random_between(&random, 1, 300), vww_random_between(&random, 1, 200),
                1 + vww_random_below(&random, 80), i);
    }
    fputs("], \"categories\": [", stream);
    for (int i = 1; i <= 80; i++)
        fprintf(stream, "%s{\"supercategory\": \"thing\", \"id\": %d, \"name\": \"%s%.0d\"}",
                i > 1 ? ", " : "", i, i == 1 ? "person" : "thing-", i == 1 ? 0 : i);
    fputs("]}", stream);
    return fclose(stream) == 0;
}

static int label(const char *path)
{
    const char *paths[1] = {path};
    struct vww_error error;
    struct vww_label_set set;
    struct vww_label_policy policy;
    vww_status status = vww_label_policy_find("tf", &policy, &error);
    if (status == VWW_OK)
        status = vww_label_set_read(paths, 1, &policy, false, NULL, &set, &error);
    if (status != VWW_OK) {
        char text[2048];
        vww_error_format(&error, text, sizeof text);
        fprintf(stderr, "%s\n", text);
        return 1;
    }
    printf("labelled %zu images, %lld of them positive\n", set.count, (long long)set.positive);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    const uint32_t images = argc == 3 ? (uint32_t)atoi(argv[1]) : 123287;
    const int annotations = argc == 3 ? atoi(argv[2]) : 890000;
    char path[] = "/tmp/vww-bench-labels-XXXXXX";
    const int made = mkstemp(path);
    if (made < 0 || images < 1 || !write_annotations(path, images, annotations))
        return 1;
    close(made);
    const double megabytes = (double)vww_file_bytes(path) / 1e6, start = now();
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        _exit(label(path));
    struct rusage usage;
    int status = 1;
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
        unlink(path);
        return 1;
    }
    const double wall = now() - start;
    const double spent = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec +
                         (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
    printf("labelling %.0f MB of annotations: %.2f s of processor time, %.2f s by the clock\n",
           megabytes, spent, wall);
    printf("%.0f MB/s of processor time (wanted: 150), peak memory %.1f MB (wanted: below 64)\n",
           megabytes / spent, (double)usage.ru_maxrss / 1024);
    unlink(path);
    return 0;
}
