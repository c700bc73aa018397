/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Instance numbers, as path_to_inst(4) remembers them: a device that comes
 * back at the same path, with the same driver, has the number that it had. A
 * number is kept once probe(9E) has found the device; before, it is on loan.
 */

#include "kdev.h"

struct kinstance {
	kinstance_t	*ki_next;
	kmodule_t	*ki_driver;
	char		*ki_path;
	int		ki_number;
	boolean_t	ki_kept;
};

static kinstance_t *instances;

static boolean_t
number_taken(kmodule_t *km, int number)
{
	kinstance_t *ki;

	for (ki = instances; ki != NULL; ki = ki->ki_next) {
		if (ki->ki_driver == km && ki->ki_number == number)
			return (B_TRUE);
	}
	return (B_FALSE);
}

int
kinstance_assign(dev_info_t *dip)
{
	kmodule_t *km = kdev_driver(dip);
	kinstance_t *ki, **kip;
	char path[KDEV_PATH];

	/* The pseudo nexus gives its children the numbers they ask for. */
	if (DEVI(dip)->devi_parent == DEVI(pseudo_dip))
		return (DEVI(dip)->devi_instance);

	(void) kdev_path(dip, path, sizeof (path));
	for (kip = &instances; (ki = *kip) != NULL; kip = &ki->ki_next) {
		if (ki->ki_driver == km && strcmp(ki->ki_path, path) == 0)
			break;
	}
	if (ki == NULL) {
		ki = hc_alloc(sizeof (*ki));
		ki->ki_driver = km;
		ki->ki_path = kdup(path);
		while (number_taken(km, ki->ki_number))
			ki->ki_number++;
		*kip = ki;
	}
	knode_of(dip)->kn_instance = ki;
	return (ki->ki_number);
}

void
kinstance_keep(dev_info_t *dip)
{
	kinstance_t *ki = knode_of(dip)->kn_instance;

	if (ki != NULL && !knode_of(dip)->kn_trial)
		ki->ki_kept = B_TRUE;
}

void
kinstance_release(dev_info_t *dip)
{
	kinstance_t *ki = knode_of(dip)->kn_instance;
	kinstance_t **kip;

	knode_of(dip)->kn_instance = NULL;
	if (ki == NULL || ki->ki_kept)
		return;
	for (kip = &instances; *kip != ki; kip = &(*kip)->ki_next)
		;
	*kip = ki->ki_next;
	hc_free(ki->ki_path);
	hc_free(ki);
}
