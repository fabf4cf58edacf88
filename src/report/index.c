/* The index of runs. */
#include "base/file.h"
#include "base/json.h"
#include "vww/checkpoint.h"
#include "vww/cost.h"
#include "vww/runs.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_VERSION 1
#define BUSY_MILLISECONDS 20000 /* another process brings the index up to date */

static const char create_table[] =
    "CREATE TABLE IF NOT EXISTS runs (name TEXT PRIMARY KEY, stamp TEXT, model TEXT,"
    " depth_multiplier REAL, resolution INTEGER, recipe TEXT, state TEXT, epochs INTEGER,"
    " epochs_done INTEGER, accuracy REAL, int8_accuracy REAL, macs INTEGER, parameters INTEGER,"
    " commit_id TEXT)";
static const char insert_row[] = "INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
static const char select_rows[] =
    "SELECT name, model, depth_multiplier, resolution, recipe, state, epochs, epochs_done, "
    "accuracy,"
    " int8_accuracy, macs, parameters, commit_id FROM runs ORDER BY accuracy DESC, name";

struct index {
    const char *folder;
    char path[VWW_PATH_MAX];
    sqlite3 *database;
};

static vww_status fail_database(const struct index *index, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_IO, "the index of runs: %.200s", sqlite3_errmsg(index->database));
    vww_error_at(error, index->path, -1);
    vww_error_remedy(error, "remove the file: it is made anew from the run folders");
    return VWW_ERROR_IO;
}

/* --- what a run's folder tells -------------------------------------------------------------------
 */

struct facts {
    char model[64], recipe[96], state[32], commit[64];
    double depth_multiplier, accuracy, int8_accuracy;
    int64_t resolution, epochs, epochs_done, macs, parameters;
};

static void copy_text(yajl_val tree, const char *key, char *text, size_t size)
{
    const char *found;
    if (vww_json_get_string(tree, key, &found))
        snprintf(text, size, "%.*s", (int)size - 1, found);
}

static void read_config(const char *run, struct facts *facts)
{
    char path[VWW_PATH_MAX], optimizer[32] = "", preset[32] = "";
    yajl_val tree;
    bool is_quantized = false;
    double rate = 0;
    int64_t batch = 0, diverged = 0;
    if (vww_path_join(path, run, "config.json", NULL) != VWW_OK ||
        vww_json_read(path, &tree, NULL) != VWW_OK)
        return;
    copy_text(tree, "model", facts->model, sizeof facts->model);
    copy_text(tree, "state", facts->state, sizeof facts->state);
    if (vww_json_get_integer(tree, "diverged_step", &diverged))
        snprintf(facts->state, sizeof facts->state, "diverged");
    copy_text(tree, "commit", facts->commit, sizeof facts->commit);
    copy_text(tree, "optimizer", optimizer, sizeof optimizer);
    copy_text(tree, "recipe", preset, sizeof preset);
    vww_json_get_number(tree, "depth_multiplier", &facts->depth_multiplier);
    vww_json_get_integer(tree, "resolution", &facts->resolution);
    vww_json_get_integer(tree, "epochs", &facts->epochs);
    vww_json_get_integer(tree, "epochs_done", &facts->epochs_done);
    vww_json_get_number(tree, "best_accuracy", &facts->accuracy);
    vww_json_get_number(tree, "learning_rate", &rate);
    vww_json_get_integer(tree, "batch", &batch);
    vww_json_get_boolean(tree, "quantize_aware", &is_quantized);
    snprintf(facts->recipe, sizeof facts->recipe, "%s%s%s %g, batch %lld%s", preset,
             preset[0] != '\0' ? ": " : "", optimizer, rate, (long long)batch,
             is_quantized ? ", quantize-aware" : "");
    yajl_tree_free(tree);
}

static void read_facts(const char *run, struct facts *facts)
{
    char path[VWW_PATH_MAX];
    struct vww_graph *graph;
    struct vww_cost cost;
    yajl_val tree;
    *facts = (struct facts){
        .state = "damaged", .accuracy = NAN, .int8_accuracy = NAN, .macs = -1, .parameters = -1};
    read_config(run, facts);
    if (vww_path_join(path, run, "eval-int8.json", NULL) == VWW_OK && vww_file_exists(path) &&
        vww_json_read(path, &tree, NULL) == VWW_OK) {
        vww_json_get_number(tree, "accuracy", &facts->int8_accuracy);
        yajl_tree_free(tree);
    }
    if (vww_checkpoint_graph(run, &graph, NULL) != VWW_OK)
        return;
    if (vww_cost_count(graph, VWW_COST_PATHS, &cost, NULL) == VWW_OK) {
        facts->macs = cost.macs;
        facts->parameters = cost.params_deploy;
        vww_cost_fini(&cost);
    }
    vww_graph_destroy(graph);
}

/* Changes when one of the files that the facts come from does. */
static void stamp_of(const char *run, char stamp[160])
{
    static const char *const files[] = {"config.json", "eval-int8.json"};
    size_t used = 0;
    stamp[0] = '\0';
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[VWW_PATH_MAX];
        struct stat info;
        if (vww_path_join(path, run, files[i], NULL) == VWW_OK && stat(path, &info) == 0)
            used += (size_t)snprintf(stamp + used, 160 - used, "%lld.%09ld-%lld-%lld ",
                                     (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                                     (long long)info.st_size, (long long)info.st_ino);
    }
}

/* --- the index -----------------------------------------------------------------------------------
 */

/* 1: as it is; 0: missing or older; -1: the database cannot say. */
static int is_current(struct index *index, const char *name, const char *stamp)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(index->database, "SELECT stamp FROM runs WHERE name = ?", -1, &query,
                           NULL) != SQLITE_OK)
        return -1;
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    const int step = sqlite3_step(query);
    const char *known = step == SQLITE_ROW ? (const char *)sqlite3_column_text(query, 0) : NULL;
    const int answer = step != SQLITE_ROW && step != SQLITE_DONE    ? -1
                       : known != NULL && strcmp(known, stamp) == 0 ? 1
                                                                    : 0;
    sqlite3_finalize(query);
    return answer;
}

static void bind_number(sqlite3_stmt *query, int at, double value)
{
    if (isnan(value))
        sqlite3_bind_null(query, at);
    else
        sqlite3_bind_double(query, at, value);
}

static bool put_facts(struct index *index, const char *name, const char *stamp,
                      const struct facts *facts)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(index->database, insert_row, -1, &query, NULL) != SQLITE_OK)
        return false;
    const char *const first[] = {name, stamp, facts->model};
    for (int i = 0; i < 3; i++)
        sqlite3_bind_text(query, 1 + i, first[i], -1, SQLITE_STATIC);
    sqlite3_bind_double(query, 4, facts->depth_multiplier);
    sqlite3_bind_int64(query, 5, facts->resolution);
    sqlite3_bind_text(query, 6, facts->recipe, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 7, facts->state, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 8, facts->epochs);
    sqlite3_bind_int64(query, 9, facts->epochs_done);
    bind_number(query, 10, facts->accuracy);
    bind_number(query, 11, facts->int8_accuracy);
    sqlite3_bind_int64(query, 12, facts->macs);
    sqlite3_bind_int64(query, 13, facts->parameters);
    sqlite3_bind_text(query, 14, facts->commit, -1, SQLITE_STATIC);
    const bool good = sqlite3_step(query) == SQLITE_DONE;
    return sqlite3_finalize(query) == SQLITE_OK && good;
}

static bool update_run(struct index *index, const char *name)
{
    char run[VWW_PATH_MAX], config[VWW_PATH_MAX], stamp[160];
    struct facts facts;
    if (vww_path_join(run, index->folder, name, NULL) != VWW_OK ||
        vww_path_join(config, run, "config.json", NULL) != VWW_OK || !vww_file_exists(config))
        return true; /* no run */
    stamp_of(run, stamp);
    const int current = is_current(index, name, stamp);
    if (current != 0)
        return current > 0;
    read_facts(run, &facts);
    return put_facts(index, name, stamp, &facts);
}

static bool forget_run(struct index *index, const char *name)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(index->database, "DELETE FROM runs WHERE name = ?", -1, &query, NULL) !=
        SQLITE_OK)
        return false;
    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    sqlite3_step(query);
    return sqlite3_finalize(query) == SQLITE_OK;
}

/* Rows whose folder is gone. */
static bool forget_missing(struct index *index)
{
    sqlite3_stmt *query;
    bool good = true;
    if (sqlite3_prepare_v2(index->database, "SELECT name FROM runs", -1, &query, NULL) != SQLITE_OK)
        return false;
    while (good && sqlite3_step(query) == SQLITE_ROW) {
        char run[VWW_PATH_MAX], config[VWW_PATH_MAX];
        const char *name = (const char *)sqlite3_column_text(query, 0);
        if (name == NULL || vww_path_join(run, index->folder, name, NULL) != VWW_OK ||
            vww_path_join(config, run, "config.json", NULL) != VWW_OK || vww_file_exists(config))
            continue;
        good = forget_run(index, name);
    }
    return sqlite3_finalize(query) == SQLITE_OK && good;
}

static bool scan(struct index *index)
{
    DIR *folder = opendir(index->folder);
    bool good = folder != NULL;
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            good = update_run(index, entry->d_name);
    if (folder != NULL)
        closedir(folder);
    return good && forget_missing(index);
}

static bool run_sql(struct index *index, const char *sql)
{
    return sqlite3_exec(index->database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int index_version(struct index *index)
{
    sqlite3_stmt *query;
    int version = -1;
    if (sqlite3_prepare_v2(index->database, "PRAGMA user_version", -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW)
        version = sqlite3_column_int(query, 0);
    sqlite3_finalize(query);
    return version;
}

static bool prepare(struct index *index)
{
    char sql[48];
    const int version = index_version(index);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", INDEX_VERSION);
    if (version < 0 || (version != INDEX_VERSION && !run_sql(index, "DROP TABLE IF EXISTS runs")))
        return false;
    return run_sql(index, create_table) && (version == INDEX_VERSION || run_sql(index, sql));
}

/* All or nothing, one process after the other. */
static bool update(struct index *index)
{
    if (!run_sql(index, "BEGIN IMMEDIATE"))
        return false;
    if (prepare(index) && scan(index))
        return run_sql(index, "COMMIT");
    const int code = sqlite3_errcode(index->database);
    run_sql(index, "ROLLBACK");
    return code == SQLITE_OK && false;
}

static bool open_index(struct index *index, const char *path)
{
    sqlite3_close(index->database);
    index->database = NULL;
    if (sqlite3_open(path, &index->database) != SQLITE_OK)
        return false;
    sqlite3_busy_timeout(index->database, BUSY_MILLISECONDS);
    return update(index);
}

static double number_or_nan(sqlite3_stmt *query, int at)
{
    return sqlite3_column_type(query, at) == SQLITE_NULL ? NAN : sqlite3_column_double(query, at);
}

static const char *text_of(sqlite3_stmt *query, int at)
{
    const char *text = (const char *)sqlite3_column_text(query, at);
    return text != NULL ? text : "";
}

static vww_status visit(struct index *index,
                        void (*see)(void *context, const struct vww_runs_row *row), void *context,
                        struct vww_error *error)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(index->database, select_rows, -1, &query, NULL) != SQLITE_OK)
        return fail_database(index, error);
    while (sqlite3_step(query) == SQLITE_ROW) {
        const struct vww_runs_row row = {.name = text_of(query, 0),
                                         .model = text_of(query, 1),
                                         .depth_multiplier = sqlite3_column_double(query, 2),
                                         .resolution = sqlite3_column_int64(query, 3),
                                         .recipe = text_of(query, 4),
                                         .state = text_of(query, 5),
                                         .epochs = sqlite3_column_int64(query, 6),
                                         .epochs_done = sqlite3_column_int64(query, 7),
                                         .accuracy = number_or_nan(query, 8),
                                         .int8_accuracy = number_or_nan(query, 9),
                                         .macs = sqlite3_column_int64(query, 10),
                                         .parameters = sqlite3_column_int64(query, 11),
                                         .commit = text_of(query, 12)};
        see(context, &row);
    }
    return sqlite3_finalize(query) == SQLITE_OK ? VWW_OK : fail_database(index, error);
}

vww_status vww_runs_list(const char *folder,
                         void (*see)(void *context, const struct vww_runs_row *row), void *context,
                         struct vww_error *error)
{
    struct index index = {.folder = folder};
    if (!vww_directory_exists(folder)) {
        vww_fail(error, VWW_ERROR_NOT_FOUND, "no such folder");
        vww_error_at(error, folder, -1);
        vww_error_remedy(error, "name the folder that holds the run folders");
        return VWW_ERROR_NOT_FOUND;
    }
    vww_status status = vww_path_join(index.path, folder, VWW_RUNS_INDEX, error);
    if (status != VWW_OK)
        return status;
    bool good = open_index(&index, index.path);
    const int code = sqlite3_errcode(index.database);
    if (!good && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) && unlink(index.path) == 0)
        good = open_index(&index, index.path);
    if (!good)
        good = open_index(&index, ":memory:");
    status = good ? visit(&index, see, context, error) : fail_database(&index, error);
    sqlite3_close(index.database);
    return status;
}
