/* report.json, with every number, and report.md, for terminals and code reviews. */
#ifndef VWW_REPORT_DOCUMENT_H
#define VWW_REPORT_DOCUMENT_H

#include "report/pictures.h"
#include "report/run.h"

void vww_document_json(struct vww_buffer *out, const struct vww_report_run *runs,
                       const struct vww_pictures *pictures, size_t count);
void vww_document_markdown(struct vww_buffer *out, const struct vww_report_run *runs, size_t count);

#endif
