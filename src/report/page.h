/* report.html: one page without any outside resource, readable in light and dark, on paper and on a
 * narrow screen. Its markup is well-formed XML too, so that any parser can check it. */
#ifndef VWW_REPORT_PAGE_H
#define VWW_REPORT_PAGE_H

#include "report/pictures.h"
#include "report/run.h"

/* pictures: one for each run. */
void vww_page_write(struct vww_buffer *out, const struct vww_report_run *runs,
                    const struct vww_pictures *pictures, size_t count);

/* The parts, each in a file of its own. */
extern const char vww_page_style[]; /* page_style.c */
void vww_page_comparison(struct vww_buffer *out,
                         const struct vww_report_run *runs, /* page_compare.c */
                         size_t count);
void vww_page_budgets(struct vww_buffer *out, const struct vww_report_run *run); /* page_model.c */
void vww_page_layers(struct vww_buffer *out, const struct vww_report_run *run);
void vww_page_memory_map(struct vww_buffer *out,
                         const struct vww_report_run *run); /* page_memory.c */
void vww_page_accuracy(struct vww_buffer *out,
                       const struct vww_report_run *run); /* page_results.c */
void vww_page_measures(struct vww_buffer *out,
                       const struct vww_evaluation *evaluation); /* page_measures.c */
void vww_page_curves(struct vww_buffer *out, const struct vww_report_run *run); /* page_curves.c */
void vww_page_pictures(struct vww_buffer *out,
                       const struct vww_report_run *run, /* page_pictures.c */
                       const struct vww_pictures *pictures);
void vww_page_recipe(struct vww_buffer *out, const struct vww_report_run *run); /* page_recipe.c */

#endif
