/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/json.h"

#include "cmd.h"

/* As configure found them; cmd/ may not ask the libraries themselves. */
static const struct {
	const char *name;
	const char *version;
} libraries[] = {
#ifdef DS_VERSION_LIBGIT2
	{ "libgit2", DS_VERSION_LIBGIT2 },
#endif
#ifdef DS_VERSION_OPENSSL
	{ "openssl", DS_VERSION_OPENSSL },
#endif
#ifdef DS_VERSION_ZLIB
	{ "zlib", DS_VERSION_ZLIB },
#endif
#ifdef DS_VERSION_CJSON
	{ "cjson", DS_VERSION_CJSON },
#endif
	{ NULL, NULL },
};

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_json *doc = out_doc(cli), *list;
	size_t i;

	(void)argc;
	(void)argv;
	out_text(cli, "datasync %s\n", PACKAGE_VERSION);
	ds_json_str(doc, "version", PACKAGE_VERSION);
	list = ds_json_add_object(doc, "libraries");
	for (i = 0; libraries[i].name != NULL; i++) {
		out_text(cli, "%s %s\n", libraries[i].name,
		    libraries[i].version);
		ds_json_str(list, libraries[i].name, libraries[i].version);
	}
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.group = "look after",
	.help = "print the versions of datasync and its libraries",
	.run = run,
};
