/* Fetching from a server that behaves, and from one that does not. */
#include "base/checksum.h"
#include "base/file.h"
#include "base/random.h"
#include "dataset/http_server.h"
#include "dataset/tiny_set.h"
#include "dataset/unzip.h"
#include "vww/fetch.h"

#include <archive.h>
#include <archive_entry.h>

static struct vww_error error;
static struct http_server server;
static char folder[64], to[VWW_PATH_MAX], base_url[64];
static struct vww_buffer archive_a, archive_b;
static uint8_t photograph[200000];

/* A zip of one stored file; type: AE_IFREG, AE_IFLNK. */
static void zip(struct vww_buffer *out, const char *name, unsigned type, const void *data,
                size_t bytes)
{
    static char space[400000];
    size_t used = 0;
    struct archive *archive = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_set_options(archive, "zip:compression=store"), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, space, sizeof space, &used), ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc");
    archive_entry_set_size(entry, (la_int64_t)(type == AE_IFREG ? bytes : 0));
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (type == AE_IFREG)
        assert_int_equal(archive_write_data(archive, data, bytes), (la_ssize_t)bytes);
    archive_entry_free(entry);
    archive_write_close(archive);
    archive_write_free(archive);
    vww_buffer_append(out, space, used);
    assert_int_equal(out->failed, 0);
}

static char md5_a[33], md5_b[33];
static struct vww_fetch_archive archives[] = {{"annotations/a.zip", md5_a, 3},
                                              {"zips/b.zip", md5_b, 1}};
static const struct vww_fetch_set set = {"test", "http://127.0.0.1:1", archives, 2};

static void md5_of(const void *data, size_t bytes, char hex[33])
{
    struct vww_md5 md5;
    vww_md5_init(&md5);
    vww_md5_update(&md5, data, bytes);
    vww_md5_hex(&md5, hex);
}

static int start(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/vww-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_ok(vww_path_join(to, folder, "coco", &error), &error);
    struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < sizeof photograph; i++)
        photograph[i] = (uint8_t)vww_random_u64(&random);
    zip(&archive_a, "annotations/instances.json", AE_IFREG, "{}\n", 3);
    zip(&archive_b, "val/1.jpg", AE_IFREG, photograph, sizeof photograph);
    md5_of(archive_a.data, archive_a.size, md5_a);
    md5_of(archive_b.data, archive_b.size, md5_b);
    http_start(&server);
    server.files[0] = (struct http_file){"/annotations/a.zip", archive_a.data, archive_a.size};
    server.files[1] = (struct http_file){"/zips/b.zip", archive_b.data, archive_b.size};
    server.file_count = 2;
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d", server.port);
    return 0;
}

static int end(void **state)
{
    (void)state;
    http_stop(&server);
    tiny_remove(folder);
    vww_buffer_fini(&archive_a);
    vww_buffer_fini(&archive_b);
    return 0;
}

static vww_status fetch_with(struct vww_fetch_options options, struct vww_fetch_result *result)
{
    if (options.set == NULL)
        options.set = &set;
    options.base_url = base_url;
    options.to = to;
    options.retry_seconds = 0.01;
    options.stall_seconds = 1;
    return vww_fetch(&options, NULL, result, &error);
}

static vww_status fetch(struct vww_fetch_result *result)
{
    return fetch_with(VWW_FETCH_OPTIONS_DEFAULT, result);
}

static const char *in_folder(const char *name)
{
    static char path[VWW_PATH_MAX];
    assert_ok(vww_path_join(path, to, name, &error), &error);
    return path;
}

static void assert_complete(void)
{
    struct vww_buffer content;
    assert_ok(vww_file_read(in_folder("val/1.jpg"), 1 << 24, &content, &error), &error);
    assert_int_equal(content.size, sizeof photograph);
    assert_memory_equal(content.data, photograph, sizeof photograph);
    vww_buffer_fini(&content);
    assert_int_equal(vww_file_bytes(in_folder("annotations/instances.json")), 3);
    assert_false(vww_file_exists(in_folder("b.zip")));
    assert_false(vww_file_exists(in_folder("b.zip.part")));
}

static void archives_are_fetched_once(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    assert_ok(fetch(&result), &error);
    assert_complete();
    assert_int_equal(result.fetched, 2);
    assert_int_equal(result.unpacked_files, 2);
    assert_int_equal(result.fetched_bytes, archive_a.size + archive_b.size);
    const int requests = server.gets + server.heads;
    assert_ok(fetch(&result), &error);
    assert_int_equal(result.already_there, 2);
    assert_int_equal(server.gets + server.heads, requests); /* not even asked */
}

static void dropped_connections_go_on_where_they_were(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.drop_after = 30000;
    assert_ok(fetch(&result), &error);
    assert_complete();
    assert_int_equal(server.ranges, 6); /* 200,000 in pieces of 30,000 */
    assert_int_equal(result.fetched_bytes, archive_a.size + archive_b.size); /* nothing twice */
}

static void part_of_an_earlier_process_is_used(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    assert_ok(vww_directory_make(to, &error), &error);
    assert_ok(vww_file_write(in_folder("b.zip.part"), archive_b.data, 150000, &error), &error);
    assert_ok(fetch(&result), &error);
    assert_complete();
    assert_int_equal(result.fetched_bytes, archive_a.size + archive_b.size - 150000);
}

static void part_with_wrong_bytes_or_too_many_is_fetched_again(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    uint8_t *long_part = vww_allocate(300000, 1);
    assert_ok(vww_directory_make(to, &error), &error);
    assert_ok(vww_file_write(in_folder("b.zip.part"), photograph, 1000, &error), &error);
    assert_ok(vww_file_write(in_folder("a.zip.part"), long_part, 300000, &error), &error);
    vww_free(long_part);
    assert_ok(fetch(&result), &error);
    assert_complete();
}

static void server_without_ranges_begins_again(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.without_ranges = true;
    assert_ok(vww_directory_make(to, &error), &error);
    assert_ok(vww_file_write(in_folder("b.zip.part"), archive_b.data, 5000, &error), &error);
    assert_ok(fetch(&result), &error);
    assert_complete();
}

static void server_without_sizes_is_believed_by_checksum(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.no_head = true;
    assert_ok(fetch(&result), &error);
    assert_complete();
}

static void passing_failures_are_tried_again(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.failures = 3;
    server.status = 503;
    assert_ok(fetch(&result), &error);
    assert_complete();
}

static void corrupt_bytes_are_fetched_again_once(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.corrupt = 1;
    assert_ok(fetch(&result), &error);
    assert_complete();
}

static void lasting_corruption_is_an_error(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.corrupt = 1000;
    assert_int_equal(fetch(&result), VWW_ERROR_MISMATCH);
    assert_non_null(strstr(error.what, "MD5"));
    assert_true(server.gets <= 4);
    assert_false(vww_directory_exists(in_folder("val")));
    /* Without the MD5, the archive's own checksums still refuse it. */
    server.corrupt = 1000;
    struct vww_fetch_options options = VWW_FETCH_OPTIONS_DEFAULT;
    options.check_md5 = false;
    assert_int_equal(fetch_with(options, &result), VWW_ERROR_FORMAT);
    assert_false(vww_file_exists(in_folder("val/1.jpg")));
}

static void wrong_lengths_end_in_an_error(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.announce = 1000; /* more than comes */
    server.announce_head = 1000;
    assert_int_equal(fetch(&result), VWW_ERROR_IO);
    assert_true(server.gets < 30);
    server.announce = 0; /* more comes than was said */
    server.announce_head = -100;
    tiny_remove(to);
    assert_int_equal(fetch(&result), VWW_ERROR_IO);
    assert_non_null(strstr(error.what, "more than it announced"));
    assert_false(vww_directory_exists(in_folder("val")));
}

static void *heal(void *context)
{
    (void)context;
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    server.stall = false;
    return NULL;
}

static void stalled_server_is_given_up(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.stall = true;
    server.files[0] = server.files[1]; /* one archive alone */
    const struct vww_fetch_set one = {"one", "", archives + 1, 1};
    struct vww_fetch_options options = VWW_FETCH_OPTIONS_DEFAULT;
    options.set = &one;
    /* Halves of what is left, each ended after a second of silence, make progress: 200,000 bytes
     * take 18 tries. Let the server be healed after the first. */
    pthread_t healer;
    assert_int_equal(pthread_create(&healer, NULL, heal, NULL), 0);
    assert_ok(fetch_with(options, &result), &error);
    pthread_join(healer, NULL);
    assert_true(server.ranges >= 1);
    assert_int_equal(result.fetched_bytes, archive_b.size);
}

static void missing_archive_is_not_found(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    server.file_count = 1;
    assert_int_equal(fetch(&result), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.file, "/zips/b.zip"));
    assert_non_null(strstr(error.seen, "404"));
    assert_int_equal(server.gets, 0); /* found out before anything is transferred */
}

static void nobody_there_ends_by_itself(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    http_stop(&server);
    assert_int_equal(fetch(&result), VWW_ERROR_IO);
    http_start(&server);
    snprintf(base_url, sizeof base_url, "file:///etc");
    assert_int_equal(fetch(&result), VWW_ERROR_IO); /* other protocols are off */
}

static void too_little_space_is_told_before(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    archives[1].growth = INT32_MAX; /* 400 TB */
    assert_int_equal(fetch(&result), VWW_ERROR_IO);
    archives[1].growth = 1;
    assert_non_null(strstr(error.what, "free space"));
    assert_int_equal(server.gets, 0);
}

static bool stop_always(void *context)
{
    (void)context;
    return true;
}

static void stopping_keeps_what_came(void **state)
{
    (void)state;
    struct vww_fetch_result result;
    const struct vww_progress progress = {.stop = stop_always};
    struct vww_fetch_options options = VWW_FETCH_OPTIONS_DEFAULT;
    options.set = &set;
    options.base_url = base_url;
    options.to = to;
    server.stall = true;
    assert_int_equal(vww_fetch(&options, &progress, &result, &error), VWW_ERROR_STOPPED);
    server.stall = false;
    assert_ok(fetch(&result), &error);
    assert_complete();
}

/* --- archives from strangers */

static bool go_on(void *context, int64_t bytes)
{
    *(int64_t *)context += bytes;
    return true;
}

static vww_status unzip(const struct vww_buffer *content)
{
    int64_t bytes = 0;
    assert_ok(vww_directory_make(to, &error), &error);
    assert_ok(vww_file_write(in_folder("x.zip"), content->data, content->size, &error), &error);
    char path[VWW_PATH_MAX];
    snprintf(path, sizeof path, "%s", in_folder("x.zip"));
    return vww_unzip(path, to, go_on, &bytes, &error);
}

static void names_that_lead_out_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"../evil", "/tmp/vww-evil", "a/../../evil", "a/..",
                                        "..",      "a\\..\\evil"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vww_buffer content = {0};
        zip(&content, names[i], AE_IFREG, "x", 1);
        assert_int_equal(unzip(&content), VWW_ERROR_FORMAT);
        vww_buffer_fini(&content);
    }
    char evil[VWW_PATH_MAX];
    assert_ok(vww_path_join(evil, folder, "evil", &error), &error);
    assert_false(vww_file_exists(evil));
    struct vww_buffer link = {0};
    zip(&link, "etc", AE_IFLNK, NULL, 0);
    assert_int_equal(unzip(&link), VWW_ERROR_FORMAT);
    vww_buffer_fini(&link);
    struct vww_buffer good = {0}; /* dots that lead nowhere else */
    zip(&good, "a..b/..c", AE_IFREG, "x", 1);
    assert_ok(unzip(&good), &error);
    assert_true(vww_file_exists(in_folder("a..b/..c")));
    vww_buffer_fini(&good);
}

static void damaged_archives_leave_no_damaged_file(void **state)
{
    (void)state;
    for (size_t at = 40; at < archive_b.size; at += 40000) {
        struct vww_buffer damaged = {0};
        vww_buffer_append(&damaged, archive_b.data, archive_b.size);
        damaged.data[at] ^= 1;
        const vww_status status = unzip(&damaged);
        struct vww_buffer content;
        if (vww_file_exists(in_folder("val/1.jpg"))) {
            assert_ok(vww_file_read(in_folder("val/1.jpg"), 1 << 24, &content, &error), &error);
            assert_memory_equal(content.data, photograph, sizeof photograph);
            vww_buffer_fini(&content);
        } else {
            assert_int_not_equal(status, VWW_OK);
        }
        vww_buffer_fini(&damaged);
    }
    struct vww_buffer cut = {0};
    vww_buffer_append(&cut, archive_b.data, archive_b.size / 2);
    assert_int_equal(unzip(&cut), VWW_ERROR_FORMAT);
    vww_buffer_fini(&cut);
    const struct vww_buffer text = {.data = photograph, .size = 1000};
    assert_int_equal(unzip(&text), VWW_ERROR_FORMAT);
}

static void known_sets_have_checksums(void **state)
{
    (void)state;
    size_t count;
    const struct vww_fetch_set *sets = vww_fetch_sets(&count), *found;
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < sets[i].archive_count; k++)
            assert_int_equal(strspn(sets[i].archives[k].md5, "0123456789abcdef"), 32);
    assert_ok(vww_fetch_set_find("coco2017", &found, &error), &error);
    assert_int_equal(vww_fetch_set_find("coco2071", &found, &error), VWW_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.remedy, "coco2017"));
}

int main(void)
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        SERVED(archives_are_fetched_once),
        SERVED(dropped_connections_go_on_where_they_were),
        SERVED(part_of_an_earlier_process_is_used),
        SERVED(part_with_wrong_bytes_or_too_many_is_fetched_again),
        SERVED(server_without_ranges_begins_again),
        SERVED(server_without_sizes_is_believed_by_checksum),
        SERVED(passing_failures_are_tried_again),
        SERVED(corrupt_bytes_are_fetched_again_once),
        SERVED(lasting_corruption_is_an_error),
        SERVED(wrong_lengths_end_in_an_error),
        SERVED(stalled_server_is_given_up),
        SERVED(missing_archive_is_not_found),
        SERVED(nobody_there_ends_by_itself),
        SERVED(too_little_space_is_told_before),
        SERVED(stopping_keeps_what_came),
        SERVED(names_that_lead_out_are_refused),
        SERVED(damaged_archives_leave_no_damaged_file),
        cmocka_unit_test(known_sets_have_checksums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
