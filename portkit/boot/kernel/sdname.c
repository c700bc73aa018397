/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * cXtYdZ. As devfsadm(8) does it, each adapter has a controller number, which
 * it keeps; those that have none yet get the next ones in the order of their
 * paths, so it does not matter which was found first.
 */

#include "ksd.h"

struct controller {
	struct controller *c_next;	/* by number */
	char		c_path[KDEV_PATH];
};

static struct controller *controllers;

static struct controller **
find(const char *path)
{
	struct controller **cp;

	for (cp = &controllers; *cp != NULL; cp = &(*cp)->c_next) {
		if (strcmp((*cp)->c_path, path) == 0)
			break;
	}
	return (cp);
}

/*
 * No function of the DDI is called here: units may go while it gives way.
 */
static boolean_t
is_adapter(const knode_t *kn)
{
	return (kn->kn_live &&
	    DEVI(kn->kn_dip)->devi_node_state >= DS_ATTACHED &&
	    kscsi_tran_of(kn->kn_dip) != NULL);
}

static void
number_controllers(void)
{
	char path[KDEV_PATH], first[KDEV_PATH];
	struct controller **cp;
	knode_t *kn;

	do {
		first[0] = '\0';
		for (kn = knodes; kn != NULL; kn = kn->kn_next) {
			if (!is_adapter(kn))
				continue;
			(void) kdev_path(kn->kn_dip, path, sizeof (path));
			if (*find(path) == NULL && (first[0] == '\0' ||
			    strcmp(path, first) < 0))
				(void) strcpy(first, path);
		}
		if (first[0] != '\0') {
			cp = find(first);
			*cp = hc_alloc(sizeof (**cp));
			(void) strcpy((*cp)->c_path, first);
		}
	} while (first[0] != '\0');
}

void
sdname_of(struct sdunit *su, struct sdname *name)
{
	char path[KDEV_PATH];
	struct controller *c;

	if (su->su_name[0] == '\0') {
		number_controllers();
		(void) kdev_path((dev_info_t *)DEVI(su->su_dip)->devi_parent,
		    path, sizeof (path));
		su->su_controller = 0;
		for (c = controllers; c != NULL && strcmp(c->c_path, path) != 0;
		    c = c->c_next)
			su->su_controller++;
		(void) snprintf(su->su_name, sizeof (su->su_name), "c%dt%dd%d",
		    su->su_controller, su->su_target, su->su_lun);
	}
	name->sn_controller = su->su_controller;
	name->sn_target = su->su_target;
	name->sn_lun = su->su_lun;
}

const char *
sdname_text(struct sdunit *su)
{
	struct sdname name;

	sdname_of(su, &name);
	return (su->su_name);
}
