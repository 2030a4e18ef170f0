/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include "ds/buf.h"
#include "ds/date.h"
#include "ds/device.h"
#include "ds/err.h"
#include "ds/json.h"
#include "ds/lock.h"
#include "ds/store.h"

#include "cmd.h"

static const char *const words[] = { "list", "rename", NULL };

static int
show(struct cli *cli, const struct ds_device *d)
{
	struct ds_json *doc = out_doc(cli), *keys;
	char sign[65], seal[65];
	int rc;

	rc = ds_device_verify(d);
	if (rc == 0)
		rc = ds_device_fingerprint(sign, &d->sign);
	if (rc == 0)
		rc = ds_device_fingerprint(seal, &d->seal);
	if (rc < 0)
		return rc;
	out_text(cli, "name     %s\nid       %s\n", out_name(d->name), d->id);
	out_text(cli, "ed25519  SHA256:%s\nx25519   SHA256:%s\n", sign, seal);
	ds_json_str(doc, "id", d->id);
	ds_json_str(doc, "name", d->name);
	keys = ds_json_add_object(doc, "fingerprints");
	ds_json_str(keys, "ed25519", sign);
	ds_json_str(keys, "x25519", seal);
	return 0;
}

static void
list_one(struct cli *cli, struct ds_json *to, const struct ds_device_seen *d,
    bool this)
{
	struct ds_json *j = ds_json_add_object(to, NULL);
	struct ds_buf local = DS_BUF_INIT, time = DS_BUF_INIT;

	if (d->commits > 0) {
		ds_date_local(&local, d->time);
		ds_date_rfc3339(&time, d->time);
	} else {
		ds_buf_adds(&local, "no commit yet");
	}
	out_text(cli, "%s%s %.12s  %-20s %s%s\n",
	    this ? out_color(cli, OUT_GREEN) : "", this ? "*" : " ", d->id,
	    out_name(d->name), ds_buf_check(&local) == 0 ? local.data : "",
	    this ? out_color(cli, OUT_PLAIN) : "");
	ds_json_str(j, "id", d->id);
	ds_json_str(j, "name", d->name);
	ds_json_bool(j, "this_device", this);
	ds_json_int(j, "commits", (int64_t)d->commits);
	ds_json_str(j, "last_commit", d->commits > 0 ? time.data : NULL);
	ds_buf_release(&local);
	ds_buf_release(&time);
}

/* This one first, by the name that it has now. */
static int
list(struct cli *cli, struct ds_store *s)
{
	struct ds_json *to = ds_json_add_array(out_doc(cli), "devices");
	struct ds_device_list all = DS_DEVICE_LIST_INIT;
	struct ds_device_seen this;
	size_t i;
	int rc;

	memset(&this, 0, sizeof(this));
	rc = ds_device_seen(&all, s);
	if (rc < 0)
		goto out;
	for (i = 0; i < all.n; i++) {
		if (strcmp(all.v[i].id, s->device->id) == 0)
			this = all.v[i];
	}
	memcpy(this.id, s->device->id, sizeof(this.id));
	this.name = s->device->name;
	list_one(cli, to, &this, true);
	for (i = 0; i < all.n; i++) {
		if (strcmp(all.v[i].id, this.id) != 0)
			list_one(cli, to, &all.v[i], false);
	}
out:
	ds_device_list_release(&all);
	return rc;
}

static int
rename_device(struct cli *cli, struct ds_store *s, const char *name)
{
	struct ds_lock *lock = NULL;
	char *file = NULL;
	int rc;

	rc = ds_device_check_name(name);
	if (rc < 0)
		return rc;
	rc = ds_store_path(&file, s, true, "device");
	if (rc == 0)
		rc = ds_store_lock(&lock, s);
	if (rc == 0)
		rc = ds_device_rename(s->device, name);
	if (rc == 0)
		rc = ds_device_save(s->device, file);
	ds_lock_drop(lock);
	free(file);
	if (rc < 0)
		return rc;
	out_text(cli, "this device is now %s\n", out_name(name));
	ds_json_str(out_doc(cli), "id", s->device->id);
	ds_json_str(out_doc(cli), "name", name);
	return 0;
}

static int
run(struct cli *cli, int argc, char **argv)
{
	struct ds_store *store;
	bool renames = argc > 0 && strcmp(argv[0], "rename") == 0;
	int rc;

	if (renames && argc < 2)
		return cli_usage(cli, "the new name is missing");
	if (!renames && argc > 1)
		return cli_usage(cli, "'%s' takes no argument", argv[0]);
	rc = cli_store(&store, cli);
	if (rc < 0)
		return rc;
	if (argc == 0)
		return show(cli, store->device);
	return renames ? rename_device(cli, store, argv[1]) : list(cli, store);
}

const struct cmd cmd_device = {
	.name = "device",
	.group = "start",
	.args = "[list | rename NAME]",
	.help = "show this device, list all or give this one a name",
	.max_args = 2,
	.words = words,
	.run = run,
};
