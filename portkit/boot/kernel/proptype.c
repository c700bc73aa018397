/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Properties with a type: ddi_prop_get_int(9F), ddi_prop_lookup(9F),
 * ddi_prop_free(9F), ddi_prop_update(9F), and the functions of the kernel and
 * of nexus drivers that do the same to other lists of a node.
 */

#include "kdev.h"
#include <sys/esunddi.h>

/*
 * What a lookup hands out. ddi_prop_free(9F) takes it back, and nothing else.
 */
struct handed {
	struct handed	*h_next;
	void		*h_data;
};
static struct handed *handed_out;

static void *
hand_out(size_t len, const char *name)
{
	struct handed *h = hc_alloc(sizeof (*h));

	h->h_data = hc_alloc(len == 0 ? 1 : len);
	h->h_next = handed_out;
	handed_out = h;
	kr_add(KR_PROPERTY, h->h_data, len, name);
	return (h->h_data);
}

void
ddi_prop_free(void *data)
{
	struct handed *h, **hp;

	hc_point();
	for (hp = &handed_out; (h = *hp) != NULL; hp = &h->h_next) {
		if (h->h_data == data) {
			*hp = h->h_next;
			(void) kr_remove(KR_PROPERTY, data);
			hc_free(data);
			hc_free(h);
			return;
		}
	}
	hc_violation("memory", "ddi_prop_free: %p is not, or no longer, what "
	    "ddi_prop_lookup returned", data);
}

static int
lookup(dev_t dev, dev_info_t *dip, uint_t flags, uint_t type, char *name,
    const char *called, ddi_prop_t **propp)
{
	if (dev == DDI_DEV_T_NONE || name == NULL || *name == '\0')
		return (DDI_PROP_INVAL_ARG);
	if ((flags & DDI_PROP_DONTSLEEP) == 0)
		(void) kctx_may_sleep(called);
	return (kprop_search(dev, dip, flags | type, name, propp));
}

int
ddi_prop_get_int(dev_t dev, dev_info_t *dip, uint_t flags, char *name,
    int defvalue)
{
	ddi_prop_t *prop;
	int value;

	if (!KDEV_ENTER(dip) || lookup(dev, dip, flags, DDI_PROP_TYPE_INT,
	    name, "ddi_prop_get_int", &prop) != DDI_PROP_SUCCESS)
		return (defvalue);
	if (prop->prop_len == 0)
		return (1);		/* a boolean one */
	if (prop->prop_len < sizeof (int))
		return (defvalue);
	(void) memcpy(&value, prop->prop_val, sizeof (value));
	return (value);
}

int64_t
ddi_prop_get_int64(dev_t dev, dev_info_t *dip, uint_t flags, char *name,
    int64_t defvalue)
{
	ddi_prop_t *prop;
	int64_t value;

	if (!KDEV_ENTER(dip) || lookup(dev, dip, flags, DDI_PROP_TYPE_INT64,
	    name, "ddi_prop_get_int64", &prop) != DDI_PROP_SUCCESS)
		return (defvalue);
	if (prop->prop_len == 0)
		return (1);
	if (prop->prop_len < sizeof (value))
		return (defvalue);
	(void) memcpy(&value, prop->prop_val, sizeof (value));
	return (value);
}

static int
lookup_array(dev_t dev, dev_info_t *dip, uint_t flags, uint_t type,
    size_t size, char *name, const char *called, void **data, uint_t *np)
{
	ddi_prop_t *prop;
	int error = lookup(dev, dip, flags, type, name, called, &prop);

	if (error != DDI_PROP_SUCCESS)
		return (error);
	if (prop->prop_len == 0)
		return (DDI_PROP_END_OF_DATA);
	if (prop->prop_len % size != 0)
		return (DDI_PROP_CANNOT_DECODE);
	*data = hand_out(prop->prop_len, name);
	(void) memcpy(*data, prop->prop_val, prop->prop_len);
	*np = prop->prop_len / size;
	return (DDI_PROP_SUCCESS);
}

int
ddi_prop_lookup_int_array(dev_t dev, dev_info_t *dip, uint_t flags,
    char *name, int **data, uint_t *np)
{
	return (KDEV_ENTER(dip) ? lookup_array(dev, dip, flags,
	    DDI_PROP_TYPE_INT, sizeof (int), name, __func__, (void **)data,
	    np) : DDI_PROP_NOT_FOUND);
}

int
ddi_prop_lookup_int64_array(dev_t dev, dev_info_t *dip, uint_t flags,
    char *name, int64_t **data, uint_t *np)
{
	return (KDEV_ENTER(dip) ? lookup_array(dev, dip, flags,
	    DDI_PROP_TYPE_INT64, sizeof (int64_t), name, __func__,
	    (void **)data, np) : DDI_PROP_NOT_FOUND);
}

int
ddi_prop_lookup_byte_array(dev_t dev, dev_info_t *dip, uint_t flags,
    char *name, uchar_t **data, uint_t *np)
{
	return (KDEV_ENTER(dip) ? lookup_array(dev, dip, flags,
	    DDI_PROP_TYPE_BYTE, 1, name, __func__, (void **)data, np) :
	    DDI_PROP_NOT_FOUND);
}

static uint_t
count_strings(ddi_prop_t *prop)
{
	uint_t n = 0;
	int i;

	for (i = 0; i < prop->prop_len; i++)
		n += prop->prop_val[i] == '\0';
	return (n);
}

/* A property that holds at least one string, and how many it holds. */
static int
lookup_strings(dev_t dev, dev_info_t *dip, uint_t flags, char *name,
    const char *called, ddi_prop_t **propp, uint_t *np)
{
	int error;

	error = lookup(dev, dip, flags, DDI_PROP_TYPE_STRING, name, called,
	    propp);
	if (error != DDI_PROP_SUCCESS)
		return (error);
	if ((*propp)->prop_len == 0)
		return (DDI_PROP_END_OF_DATA);
	*np = count_strings(*propp);
	return (*np != 0 ? DDI_PROP_SUCCESS : DDI_PROP_CANNOT_DECODE);
}

int
ddi_prop_lookup_string(dev_t dev, dev_info_t *dip, uint_t flags, char *name,
    char **data)
{
	ddi_prop_t *prop;
	uint_t n;
	int error;

	if (!KDEV_ENTER(dip))
		return (DDI_PROP_NOT_FOUND);
	error = lookup_strings(dev, dip, flags, name, __func__, &prop, &n);
	if (error != DDI_PROP_SUCCESS)
		return (error);
	*data = hand_out(strlen(prop->prop_val) + 1, name);
	(void) strcpy(*data, prop->prop_val);
	return (DDI_PROP_SUCCESS);
}

int
ddi_prop_lookup_string_array(dev_t dev, dev_info_t *dip, uint_t flags,
    char *name, char ***data, uint_t *np)
{
	ddi_prop_t *prop;
	uint_t n, i;
	char *s;
	int error;

	if (!KDEV_ENTER(dip))
		return (DDI_PROP_NOT_FOUND);
	error = lookup_strings(dev, dip, flags, name, __func__, &prop, &n);
	if (error != DDI_PROP_SUCCESS)
		return (error);
	*data = hand_out((n + 1) * sizeof (char *) + prop->prop_len, name);
	s = (char *)(*data + n + 1);
	(void) memcpy(s, prop->prop_val, prop->prop_len);
	for (i = 0; i < n; i++) {
		(*data)[i] = s;
		s += strlen(s) + 1;
	}
	(*data)[n] = NULL;
	*np = n;
	return (DDI_PROP_SUCCESS);
}

/*
 * Changes. A nexus driver's calls never wait for memory, so these can fail.
 */
static ddi_prop_t **
list_of(dev_info_t *dip, uint_t which)
{
	if (which & DDI_PROP_SYSTEM_DEF)
		return (&DEVI(dip)->devi_sys_prop_ptr);
	if (which & DDI_PROP_HW_DEF)
		return (&DEVI(dip)->devi_hw_prop_ptr);
	return (&DEVI(dip)->devi_drv_prop_ptr);
}

static int
remove_one(dev_t dev, dev_info_t *dip, uint_t which, const char *name)
{
	ddi_prop_t *prop, **list = list_of(dip, which);

	for (; (prop = *list) != NULL; list = &prop->prop_next) {
		if (strcmp(prop->prop_name, name) == 0 &&
		    prop->prop_dev == dev) {
			*list = prop->prop_next;
			kprop_delete(prop);
			return (DDI_PROP_SUCCESS);
		}
	}
	return (DDI_PROP_NOT_FOUND);
}

static int
update(dev_t dev, dev_info_t *dip, uint_t flags, const char *name,
    const void *value, size_t len, const char *called)
{
	ddi_prop_t *prop, *new, **list;

	hc_point();
	if (!kdev_valid(dip, called))
		return (DDI_PROP_INVAL_ARG);
	if (dev == DDI_DEV_T_ANY || name == NULL || *name == '\0')
		return (DDI_PROP_INVAL_ARG);
	if (flags & DDI_PROP_DONTSLEEP) {
		if (hc_fail("memory"))
			return (DDI_PROP_NO_MEMORY);
	} else {
		(void) kctx_may_sleep(called);
	}

	list = list_of(dip, flags);
	new = kprop_new(name, dev, flags, value, len);
	for (prop = *list; prop != NULL && (flags & DDI_PROP_STACK_CREATE) == 0;
	    prop = prop->prop_next) {
		if (strcmp(prop->prop_name, name) != 0 || prop->prop_dev != dev)
			continue;
		/* Keeps its place. */
		new->prop_next = prop->prop_next;
		for (; *list != prop; list = &(*list)->prop_next)
			;
		*list = new;
		kprop_delete(prop);
		return (DDI_PROP_SUCCESS);
	}
	new->prop_next = *list;
	*list = new;
	return (DDI_PROP_SUCCESS);
}

static int
update_strings(dev_t dev, dev_info_t *dip, uint_t flags, const char *name,
    char **strings, uint_t n, const char *called)
{
	size_t len = 0;
	char *buf;
	uint_t i;
	int error;

	if (n == 0)
		return (DDI_PROP_CANNOT_ENCODE);
	for (i = 0; i < n; i++)
		len += strlen(strings[i]) + 1;
	buf = hc_alloc(len);
	for (len = i = 0; i < n; i++) {
		(void) strcpy(buf + len, strings[i]);
		len += strlen(strings[i]) + 1;
	}
	error = update(dev, dip, flags | DDI_PROP_TYPE_STRING, name, buf, len,
	    called);
	hc_free(buf);
	return (error);
}

#define	UPDATE_ARRAY(fn, ctype, type, which)			\
int									\
fn(dev_t dev, dev_info_t *dip, char *name, ctype *data, uint_t n)	\
{									\
	return (n == 0 ? DDI_PROP_CANNOT_ENCODE : update(dev, dip,	\
	    (type) | (which), name, data, n * sizeof (ctype), __func__)); \
}

#define	UPDATE_ONE(fn, ctype, type, which)				\
int									\
fn(dev_t dev, dev_info_t *dip, char *name, ctype data)			\
{									\
	return (update(dev, dip, (type) | (which), name, &data,		\
	    sizeof (data), __func__));					\
}

#define	UPDATE_STRING(fn, which)					\
int									\
fn(dev_t dev, dev_info_t *dip, char *name, char *data)			\
{									\
	return (update_strings(dev, dip, (which), name, &data, 1, __func__)); \
}

#define	UPDATE_STRINGS(fn, which)					\
int									\
fn(dev_t dev, dev_info_t *dip, char *name, char **data, uint_t n)	\
{									\
	return (update_strings(dev, dip, (which), name, data, n, __func__)); \
}

#define	NDI	(DDI_PROP_HW_DEF | DDI_PROP_DONTSLEEP)
#define	SYS	DDI_PROP_SYSTEM_DEF

int e_ddi_prop_update_int_array(dev_t, dev_info_t *, char *, int *, uint_t);
int e_ddi_prop_update_string_array(dev_t, dev_info_t *, char *, char **,
    uint_t);

UPDATE_ONE(ddi_prop_update_int, int, DDI_PROP_TYPE_INT, 0);
UPDATE_ONE(ddi_prop_update_int64, int64_t, DDI_PROP_TYPE_INT64, 0);
UPDATE_ONE(ndi_prop_update_int, int, DDI_PROP_TYPE_INT, NDI);
UPDATE_ONE(ndi_prop_update_int64, int64_t, DDI_PROP_TYPE_INT64, NDI);
UPDATE_ONE(e_ddi_prop_update_int, int, DDI_PROP_TYPE_INT, SYS);
UPDATE_ARRAY(ddi_prop_update_int_array, int, DDI_PROP_TYPE_INT, 0);
UPDATE_ARRAY(ddi_prop_update_int64_array, int64_t, DDI_PROP_TYPE_INT64, 0);
UPDATE_ARRAY(ddi_prop_update_byte_array, uchar_t, DDI_PROP_TYPE_BYTE, 0);
UPDATE_ARRAY(ndi_prop_update_int_array, int, DDI_PROP_TYPE_INT, NDI);
UPDATE_ARRAY(ndi_prop_update_int64_array, int64_t, DDI_PROP_TYPE_INT64,
    NDI);
UPDATE_ARRAY(ndi_prop_update_byte_array, uchar_t, DDI_PROP_TYPE_BYTE, NDI);
UPDATE_ARRAY(e_ddi_prop_update_int_array, int, DDI_PROP_TYPE_INT, SYS);
UPDATE_STRING(ddi_prop_update_string, 0);
UPDATE_STRING(ndi_prop_update_string, NDI);
UPDATE_STRING(e_ddi_prop_update_string, SYS);
UPDATE_STRINGS(ddi_prop_update_string_array, 0);
UPDATE_STRINGS(ndi_prop_update_string_array, NDI);
UPDATE_STRINGS(e_ddi_prop_update_string_array, SYS);

int
ndi_prop_create_boolean(dev_t dev, dev_info_t *dip, char *name)
{
	return (update(dev, dip, DDI_PROP_TYPE_ANY | NDI, name, NULL, 0,
	    __func__));
}

/*
 * The older functions: without a type, and each call makes another property in
 * front of those of the same name.
 */
static int
old_flags(int flags)
{
	if ((flags & DDI_PROP_CANSLEEP) == 0)
		flags |= DDI_PROP_DONTSLEEP;
	return (flags & ~(DDI_PROP_SYSTEM_DEF | DDI_PROP_HW_DEF));
}

int
ddi_prop_create(dev_t dev, dev_info_t *dip, int flags, char *name,
    caddr_t value, int len)
{
	return (update(dev, dip, old_flags(flags) | DDI_PROP_STACK_CREATE |
	    DDI_PROP_TYPE_ANY, name, value, len, __func__));
}

int
e_ddi_prop_create(dev_t dev, dev_info_t *dip, int flags, char *name,
    caddr_t value, int len)
{
	return (update(dev, dip, old_flags(flags) | DDI_PROP_SYSTEM_DEF |
	    DDI_PROP_STACK_CREATE | DDI_PROP_TYPE_ANY, name, value, len,
	    __func__));
}

int
ddi_prop_modify(dev_t dev, dev_info_t *dip, int flags, char *name,
    caddr_t value, int len)
{
	if (dev == DDI_DEV_T_ANY || name == NULL || *name == '\0')
		return (DDI_PROP_INVAL_ARG);
	if (!ddi_prop_exists(dev, dip, flags, name))
		return (DDI_PROP_NOT_FOUND);
	return (update(dev, dip, old_flags(flags) | DDI_PROP_TYPE_BYTE, name,
	    value, len, __func__));
}

int
ddi_prop_undefine(dev_t dev, dev_info_t *dip, int flags, char *name)
{
	return (update(dev, dip, old_flags(flags) | DDI_PROP_STACK_CREATE |
	    DDI_PROP_UNDEF_IT | DDI_PROP_TYPE_ANY, name, NULL, 0, __func__));
}

static int
remove_named(dev_t dev, dev_info_t *dip, uint_t which, char *name,
    const char *called)
{
	hc_point();
	if (!kdev_valid(dip, called) || dev == DDI_DEV_T_ANY || name == NULL ||
	    *name == '\0')
		return (DDI_PROP_INVAL_ARG);
	return (remove_one(dev, dip, which, name));
}

int
ddi_prop_remove(dev_t dev, dev_info_t *dip, char *name)
{
	return (remove_named(dev, dip, 0, name, __func__));
}

int
ndi_prop_remove(dev_t dev, dev_info_t *dip, char *name)
{
	return (remove_named(dev, dip, DDI_PROP_HW_DEF, name, __func__));
}

int
e_ddi_prop_remove(dev_t dev, dev_info_t *dip, char *name)
{
	return (remove_named(dev, dip, DDI_PROP_SYSTEM_DEF, name, __func__));
}

void
ddi_prop_remove_all(dev_info_t *dip)
{
	if (KDEV_ENTER(dip))
		kprop_free_list(&DEVI(dip)->devi_drv_prop_ptr);
}

void
ndi_prop_remove_all(dev_info_t *dip)
{
	if (KDEV_ENTER(dip))
		kprop_free_list(&DEVI(dip)->devi_hw_prop_ptr);
}

void
e_ddi_prop_remove_all(dev_info_t *dip)
{
	if (KDEV_ENTER(dip))
		kprop_free_list(&DEVI(dip)->devi_sys_prop_ptr);
}
