/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <inttypes.h>

#include "ds/json.h"
#include "ds/store.h"
#include "ds/verify.h"

#include "cmd.h"

struct told {
	struct cli *cli;
	struct ds_json *findings;
};

/* The words of --json; for people "damaged" or "missing" comes before. */
static const char *
word(enum ds_verify_kind kind)
{
	switch (kind) {
	case DS_VERIFY_OBJECT:
		return "object";
	case DS_VERIFY_MISSING:
		return "missing";
	case DS_VERIFY_FILE:
		return "file";
	case DS_VERIFY_REF:
		return "ref";
	case DS_VERIFY_META:
		return "meta";
	}
	return "other";
}

static void
tell(enum ds_verify_kind kind, const char *name, const char *why, void *arg)
{
	struct told *t = arg;
	struct ds_json *o;

	if (kind == DS_VERIFY_MISSING)
		out_text(t->cli, "%smissing%s object %s: %s\n",
		    out_color(t->cli, OUT_RED), out_color(t->cli, OUT_PLAIN),
		    name, why);
	else
		out_text(t->cli, "%sdamaged%s %s %s: %s\n",
		    out_color(t->cli, OUT_RED), out_color(t->cli, OUT_PLAIN),
		    word(kind), out_name(name), why);
	if (t->findings == NULL)
		return;
	o = ds_json_add_object(t->findings, NULL);
	ds_json_str(o, "kind", word(kind));
	out_path(o, "name", name);
	ds_json_str(o, "why", why);
}

static void
print_counts(struct cli *cli, const struct ds_verify_result *r)
{
	struct ds_json *doc = out_doc(cli);

	out_text(cli, "read %" PRIu64 " %s (%s), %" PRIu64 " %s\n", r->objects,
	    out_plural(r->objects, "object", "objects"), out_size(r->bytes),
	    r->packs, out_plural(r->packs, "pack", "packs"));
	out_text(cli, "%" PRIu64 " %s reached from %" PRIu64 " %s\n",
	    r->reached, out_plural(r->reached, "is", "are"), r->refs,
	    out_plural(r->refs, "ref or log", "refs and logs"));
	if (r->damaged + r->missing == 0)
		out_text(cli, "nothing is damaged or missing\n");
	ds_json_int(doc, "objects", (int64_t)r->objects);
	ds_json_int(doc, "bytes", (int64_t)r->bytes);
	ds_json_int(doc, "packs", (int64_t)r->packs);
	ds_json_int(doc, "refs", (int64_t)r->refs);
	ds_json_int(doc, "reached", (int64_t)r->reached);
	ds_json_int(doc, "damaged", (int64_t)r->damaged);
	ds_json_int(doc, "missing", (int64_t)r->missing);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_verify_result result = { 0 };
	struct told told = { cli, NULL };
	struct ds_store *store;
	struct ds_json *doc;
	int rc;

	(void)argc;
	(void)argv;
	rc = cli_store(&store, cli);
	if (rc < 0)
		return rc;
	doc = out_doc(cli);
	if (doc != NULL)
		told.findings = ds_json_add_array(doc, "findings");
	rc = ds_verify_run(store, &result, tell, &told, cli->progress);
	if (rc == 0 || result.damaged + result.missing > 0)
		print_counts(cli, &result);
	return rc;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.group = "keep",
	.help = "read and check everything in the store",
	.run = run,
};
