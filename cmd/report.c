/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/json.h"
#include "ds/report.h"

#include "cmd_internal.h"

/* What follows the name. */
static const char *const texts[] = {
	[DS_REPORT_UNREADABLE] = "cannot be read",
	[DS_REPORT_CHANGING] = "keeps changing while it is read",
	[DS_REPORT_SPECIAL] = "is no file, folder or link: skipped",
	[DS_REPORT_NESTED] = "belongs to a nested repository: skipped",
	[DS_REPORT_STORE] = "is the store itself: skipped",
	[DS_REPORT_SECRET] = "looks like a secret",
	[DS_REPORT_HELD] = "is held back",
	[DS_REPORT_KEPT] = "is left as it is",
	[DS_REPORT_NOT_WRITTEN] = "could not be written",
	[DS_REPORT_NOT_SET] = "could not get its mode or time",
};

/* The words for programs. */
static const char *const words[] = {
	[DS_REPORT_UNREADABLE] = "unreadable",
	[DS_REPORT_CHANGING] = "changing",
	[DS_REPORT_SPECIAL] = "special",
	[DS_REPORT_NESTED] = "nested",
	[DS_REPORT_STORE] = "store",
	[DS_REPORT_SECRET] = "secret",
	[DS_REPORT_HELD] = "held",
	[DS_REPORT_KEPT] = "kept",
	[DS_REPORT_NOT_WRITTEN] = "not_written",
	[DS_REPORT_NOT_SET] = "not_set",
};

/* What is so by nature is told only to those who ask; its number stands in
 * the command's result. */
static bool
is_worth_a_line(const struct cli *cli, enum ds_report_kind kind)
{
	if (kind == DS_REPORT_SPECIAL || kind == DS_REPORT_STORE)
		return cli->verbose;
	return true;
}

/* {"kind":...,"item":...,"path":...,"why":...} in the document's "reports". */
static void
add_json(struct cli *cli, enum ds_report_kind kind, const char *item,
    const char *path, const char *why)
{
	static struct ds_json *reports;
	struct ds_json *one;

	if (reports == NULL)
		reports = ds_json_add_array(out_doc(cli), "reports");
	one = ds_json_add_object(reports, NULL);
	ds_json_str(one, "kind", words[kind]);
	if (item != NULL)
		ds_json_str(one, "item", item);
	if (path != NULL && *path != '\0')
		out_path(one, "path", path);
	if (why != NULL)
		ds_json_str(one, "why", why);
}

void
report_print(enum ds_report_kind kind, const char *item, const char *path,
    const char *why, void *arg)
{
	struct cli *cli = arg;
	struct ds_buf name = DS_BUF_INIT;

	add_json(cli, kind, item, path, why);
	if (cli->quiet || !is_worth_a_line(cli, kind))
		return;
	ds_buf_adds(&name, item != NULL ? item : "");
	if (item != NULL && path != NULL && *path != '\0')
		ds_buf_adds(&name, ": ");
	ds_buf_adds(&name, path != NULL ? path : "");
	if (ds_buf_check(&name) == 0)
		out_warn(cli, "'%s' %s%s%s", out_name(name.data), texts[kind],
		    why != NULL ? ": " : "", why != NULL ? why : "");
	ds_buf_release(&name);
}
