/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/git.h"
#include "ds/rev.h"

#include "store_kit.h"

/* Three commits, at noon of three days. */
static const char make_commits[] =
    "export GIT_DIR=store.git GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b\n"
    "export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b\n"
    "tree=$(git hash-object -t tree -w /dev/null) last=\n"
    "for day in 01 02 03; do\n"
    "export GIT_COMMITTER_DATE=2020-06-${day}T12:00:00Z\n"
    "last=$(git commit-tree ${last:+-p $last} -m \"$day\" $tree)\n"
    "echo $last >day$day\n"
    "done\n"
    "git update-ref refs/heads/main $last\n"
    "git tag -a -m good snapshot/good main~1\n"
    "git tag -a -m tree snapshot/tree $tree\n";

static char days[3][64];

static void
is_rev(const char *rev, const char *want)
{
	char title[160];
	git_oid id;
	int rc = ds_rev_commit(&id, kit_store, rev);

	snprintf(title, sizeof(title), "'%s'", rev);
	is_str(rc < 0 ? ds_err_text() : ds_git_hex(&id), want, title);
}

static void
is_code(const char *rev, int want)
{
	char title[160];
	git_oid id;

	snprintf(title, sizeof(title), "'%s' is refused", rev);
	ok(ds_rev_commit(&id, kit_store, rev) == want && git_oid_is_zero(&id),
	    title);
}

int
main(void)
{
	struct ds_buf b = DS_BUF_INIT;
	char name[8], part[16];
	int i;

	setenv("TZ", "UTC", 1);
	kit_begin();
	is_code("HEAD", DS_ENOTFOUND);
	is_code("yesterday", DS_ENOTFOUND);
	ok(kit_sh(make_commits) == 0, "three commits, a day apart");
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "day0%d", i + 1);
		ds_buf_cut(&b, 0);
		must(ds_file_read(&b, AT_FDCWD, name, 100));
		snprintf(days[i], sizeof(days[i]), "%.40s", b.data);
	}
	is_rev("HEAD", days[2]);
	is_rev("main~2", days[0]);
	is_rev("HEAD^", days[1]);
	is_rev(days[0], days[0]);
	snprintf(part, sizeof(part), "%.10s", days[1]);
	is_rev(part, days[1]);
	is_rev("snapshot/good", days[1]);
	is_rev("refs/tags/snapshot/good^{commit}", days[1]);
	is_rev("2020-06-02 12:00", days[1]);
	is_rev("2020-06-02T12:00:00Z", days[1]);
	is_rev("2020-06-02 11:59", days[0]);
	is_rev("2020-06-02", days[1]);
	is_rev("2020-06-01", days[0]);
	is_rev("2021-01-01", days[2]);
	is_rev("1 day ago", days[2]);
	is_code("2020-05-31", DS_ENOTFOUND);
	is_code("nonsense", DS_ENOTFOUND);
	is_code("", DS_ENOTFOUND);
	is_code("snapshot/none", DS_ENOTFOUND);
	is_code("HEAD~9", DS_ENOTFOUND);
	is_code("snapshot/tree", DS_EINVAL);
	is_code("HEAD^{tree}", DS_EINVAL);
	is_code("..", DS_ENOTFOUND);
	is_code("HEAD~~~~{", DS_ENOTFOUND);
	is_code("2020-13-45", DS_ENOTFOUND);
	ds_buf_release(&b);
	return kit_end();
}
