/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * The device tree as a scenario sees it, and as the report shows it.
 */

#include "kdev.h"
#include "kern_ctl.h"

/*
 * prtconf(8)'s order: a node, its children, its next sibling.
 */
static struct dev_info *
next_node(struct dev_info *devi, int *depth)
{
	if (devi->devi_child != NULL) {
		(*depth)++;
		return (devi->devi_child);
	}
	while (devi != NULL && devi->devi_sibling == NULL) {
		(*depth)--;
		devi = devi->devi_parent;
	}
	return (devi == NULL ? NULL : devi->devi_sibling);
}

static void
fill(char *to, size_t len, const char *from)
{
	(void) snprintf(to, len, "%s", from == NULL ? "" : from);
}

int
kc_node(int index, struct kc_node *kc)
{
	struct dev_info *devi = DEVI(ddi_root_node());
	kmodule_t *km;
	int depth = 0;

	while (index-- > 0 && devi != NULL)
		devi = next_node(devi, &depth);
	if (devi == NULL)
		return (0);
	km = kdev_driver((dev_info_t *)devi);
	kc->depth = depth;
	fill(kc->name, sizeof (kc->name), devi->devi_node_name);
	fill(kc->address, sizeof (kc->address), devi->devi_addr);
	(void) kdev_path((dev_info_t *)devi, kc->path, sizeof (kc->path));
	fill(kc->driver, sizeof (kc->driver), km == NULL ? "" : km->km_name);
	kc->instance = devi->devi_instance;
	kc->attached = devi->devi_node_state >= DS_ATTACHED;
	return (1);
}

static ddi_prop_t *
property_lists(dev_info_t *dip, int which)
{
	switch (which) {
	case 0:
		return (DEVI(dip)->devi_drv_prop_ptr);
	case 1:
		return (DEVI(dip)->devi_sys_prop_ptr);
	case 2:
		return (knode_of(dip)->kn_global);
	default:
		return (DEVI(dip)->devi_hw_prop_ptr);
	}
}

static ddi_prop_t *
find_property(dev_info_t *dip, const char *name)
{
	ddi_prop_t *prop;
	int i;

	for (i = 0; i < 4; i++) {
		if ((prop = kprop_in(property_lists(dip, i), name)) != NULL)
			return (prop);
	}
	return (NULL);
}

int
kc_property(const char *path, const char *name, char *value, int len)
{
	dev_info_t *dip = kdev_find(path);
	ddi_prop_t *prop = dip == NULL ? NULL : find_property(dip, name);
	int n;

	if (prop == NULL)
		return (ENOENT);
	if (prop->prop_flags & DDI_PROP_TYPE_STRING) {
		fill(value, len, prop->prop_val);
	} else if ((prop->prop_flags & DDI_PROP_TYPE_INT) &&
	    prop->prop_len >= sizeof (int)) {
		(void) memcpy(&n, prop->prop_val, sizeof (n));
		(void) snprintf(value, len, "%d", n);
	} else {
		fill(value, len, "");
	}
	return (0);
}

/*
 * Text that grows.
 */
struct text {
	char	*t_buf;
	size_t	t_len;
	size_t	t_room;
};

static void
text_add(struct text *t, const char *s)
{
	size_t len = strlen(s);

	if (t->t_len + len + 1 > t->t_room) {
		size_t room = (t->t_room + len + 1) * 2;
		char *buf = hc_alloc(room);

		if (t->t_buf != NULL) {
			(void) memcpy(buf, t->t_buf, t->t_len);
			hc_free(t->t_buf);
		}
		t->t_buf = buf;
		t->t_room = room;
	}
	(void) memcpy(t->t_buf + t->t_len, s, len + 1);
	t->t_len += len;
}

static void
text_string(struct text *t, const char *s)
{
	char *quoted = hc_json_string(s == NULL ? "" : s);

	text_add(t, quoted);
	hc_free(quoted);
}

static void
text_number(struct text *t, int64_t n)
{
	char buf[32];

	(void) snprintf(buf, sizeof (buf), "%lld", (longlong_t)n);
	text_add(t, buf);
}

/* One value as such, several as a list; none is a boolean property. */
static void
text_property(struct text *t, ddi_prop_t *prop)
{
	int width = (prop->prop_flags & DDI_PROP_TYPE_MASK) ==
	    DDI_PROP_TYPE_INT ? sizeof (int) : (prop->prop_flags &
	    DDI_PROP_TYPE_MASK) == DDI_PROP_TYPE_INT64 ? sizeof (int64_t) : 1;
	boolean_t string = (prop->prop_flags & DDI_PROP_TYPE_MASK) ==
	    DDI_PROP_TYPE_STRING;
	int i = 0, n = 0, step;
	struct text list = { NULL };

	if (prop->prop_len == 0) {
		text_add(t, "true");
		return;
	}
	while (i < prop->prop_len) {
		if (n++ > 0)
			text_add(&list, ",");
		if (string) {
			step = strlen(prop->prop_val + i) + 1;
			text_string(&list, prop->prop_val + i);
		} else if (width == sizeof (int64_t)) {
			int64_t v;

			(void) memcpy(&v, prop->prop_val + i, sizeof (v));
			text_number(&list, v);
			step = width;
		} else if (width == sizeof (int)) {
			int v;

			(void) memcpy(&v, prop->prop_val + i, sizeof (v));
			text_number(&list, v);
			step = width;
		} else {
			text_number(&list, (uchar_t)prop->prop_val[i]);
			step = 1;
		}
		i += step;
	}
	if (n != 1)
		text_add(t, "[");
	text_add(t, list.t_buf);
	if (n != 1)
		text_add(t, "]");
	hc_free(list.t_buf);
}

static void
text_node(struct text *t, const struct kc_node *kc, dev_info_t *dip)
{
	ddi_prop_t *prop;
	boolean_t first = B_TRUE;
	char devinfo[32];
	int i;

	(void) snprintf(devinfo, sizeof (devinfo), "%p", (void *)dip);
	text_add(t, "{\"devinfo\":");
	text_string(t, devinfo);
	text_add(t, ",\"depth\":");
	text_number(t, kc->depth);
	text_add(t, ",\"name\":");
	text_string(t, kc->name);
	text_add(t, ",\"address\":");
	text_string(t, kc->address);
	text_add(t, ",\"path\":");
	text_string(t, kc->path);
	text_add(t, ",\"driver\":");
	text_string(t, kc->driver);
	text_add(t, ",\"instance\":");
	text_number(t, kc->instance);
	text_add(t, ",\"state\":");
	text_string(t, kdev_state_name(DEVI(dip)->devi_node_state));
	text_add(t, ",\"properties\":{");
	for (i = 0; i < 4; i++) {
		for (prop = property_lists(dip, i); prop != NULL;
		    prop = prop->prop_next) {
			/* One that another list hides is not seen. */
			if (find_property(dip, prop->prop_name) != prop)
				continue;
			if (!first)
				text_add(t, ",");
			first = B_FALSE;
			text_string(t, prop->prop_name);
			text_add(t, ":");
			text_property(t, prop);
		}
	}
	text_add(t, "}}");
}

void
kc_report_tree(void)
{
	struct dev_info *devi = DEVI(ddi_root_node());
	struct text t = { NULL };
	struct kc_node kc;
	int i, depth = 0;

	text_add(&t, "{\"nodes\":[");
	for (i = 0; devi != NULL && kc_node(i, &kc); i++) {
		if (i > 0)
			text_add(&t, ",");
		text_node(&t, &kc, (dev_info_t *)devi);
		devi = next_node(devi, &depth);
	}
	text_add(&t, "]}");
	hc_event("tree", t.t_buf);
	hc_free(t.t_buf);
}
