/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Modules. The dynamic linker loads them and resolves their symbols; then what
 * is not code is moved into physical memory, in its place, so that a driver
 * may give the addresses of its variables to the host.
 */

#include "impl.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define	MAXRANGES	8

struct range {
	hc_u64	va, n;
	hc_u64	*pfns;
};

struct hc_module {
	const char	*name;
	void		*handle;
	struct mc_object *object;
	struct range	ranges[MAXRANGES];
	int		nranges;
	hc_module	*next;
};

static hc_module *modules;

struct find {
	hc_u64		base;
	hc_module	*module;
	int		failed;
};

/*
 * The pages of the segments that are not executable, with the segments'
 * rights.
 */
static int
move_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct find *find = arg;
	const ElfW(Phdr) *ph;
	struct range *r;
	hc_u64 lo, hi;
	int i;

	(void) size;
	if (info->dlpi_addr != find->base)
		return (0);
	for (i = 0; i < info->dlpi_phnum; i++) {
		ph = &info->dlpi_phdr[i];
		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_X) != 0 ||
		    find->module->nranges == MAXRANGES)
			continue;
		lo = (info->dlpi_addr + ph->p_vaddr) & ~(HC_PAGE - 1);
		hi = (info->dlpi_addr + ph->p_vaddr + ph->p_memsz + HC_PAGE -
		    1) & ~(HC_PAGE - 1);
		r = &find->module->ranges[find->module->nranges];
		r->va = lo;
		r->n = (hi - lo) / HC_PAGE;
		r->pfns = hc_alloc(r->n * sizeof (*r->pfns));
		if (mc_pages_over((void *)lo, r->n, PROT_READ |
		    (ph->p_flags & PF_W ? PROT_WRITE : 0), r->pfns) != 0) {
			hc_free(r->pfns);
			find->failed = 1;
			return (1);
		}
		find->module->nranges++;
	}
	return (1);
}

/* Without the prefix that is ours. */
static void
explain(char *why, hc_u64 len)
{
	const char *text = dlerror(), *at;

	if (len == 0)
		return;
	if (text == NULL)
		text = "cannot be loaded";
	if ((at = strstr(text, "undefined symbol: ")) != NULL) {
		at += strlen("undefined symbol: ");
		(void) snprintf(why, len, "undefined symbol: %s",
		    strncmp(at, "k_", 2) == 0 ? at + 2 : at);
	} else {
		(void) snprintf(why, len, "%s", text);
	}
}

static void
forget(hc_module *m)
{
	hc_module **at;
	int i;

	for (at = &modules; *at != NULL && *at != m; at = &(*at)->next)
		;
	if (*at == m)
		*at = m->next;
	for (i = 0; i < m->nranges; i++) {
		hc_pages_free(m->ranges[i].n, m->ranges[i].pfns);
		hc_free(m->ranges[i].pfns);
	}
	hc_free(m);
}

hc_module *
hc_module_load(const char *name, const char *path, char *why, hc_u64 whylen)
{
	hc_module *m = hc_alloc(sizeof (*m));
	struct link_map *map;
	struct find find = { 0, m, 0 };

	mc.quiet++;
	mc_ignore_begin();
	m->handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	mc_ignore_end();
	if (m->handle == NULL ||
	    dlinfo(m->handle, RTLD_DI_LINKMAP, &map) != 0) {
		mc_ignore_begin();
		explain(why, whylen);
		mc_ignore_end();
		if (m->handle != NULL)
			(void) dlclose(m->handle);
		mc.quiet--;
		hc_free(m);
		return (NULL);
	}
	mc_objects_scan();
	m->name = mc_intern(name);
	find.base = map->l_addr;
	m->object = mc_object_of((hc_u64)map->l_ld);
	if (m->object != NULL)
		m->object->module = m->name;
	m->next = modules;
	modules = m;
	(void) dl_iterate_phdr(move_segments, &find);
	mc.quiet--;
	if (find.failed) {
		if (whylen > 0)
			(void) snprintf(why, whylen, "no memory for its data");
		hc_module_unload(m);
		return (NULL);
	}
	hc_hb_acquire(&modules);
	return (m);
}

void *
hc_module_symbol(hc_module *m, const char *name)
{
	char prefixed[256];
	void *p;

	mc_ignore_begin();
	(void) snprintf(prefixed, sizeof (prefixed), "k_%s", name);
	p = dlsym(m->handle, prefixed);
	mc_ignore_end();
	return (p != NULL && hc_module_owns(m, p) ? p : NULL);
}

void
hc_module_unload(hc_module *m)
{
	struct mc_object *o = m->object;

	hc_hb_release(&modules);
	mc.quiet++;
	mc_ignore_begin();
	(void) dlclose(m->handle);
	mc_ignore_end();
	mc_objects_scan();
	mc.quiet--;
	/*
	 * Others may hold it, those that use its symbols: then it stays, with
	 * its memory. It is a module no more in any case.
	 */
	if (o != NULL && o->live)
		m->nranges = 0;
	forget(m);
}

int
hc_module_owns(hc_module *m, const void *address)
{
	hc_u64 a = (hc_u64)address;

	return (m->object != NULL && a >= m->object->lo && a < m->object->hi);
}

hc_u64
mc_module_pfn(hc_u64 va)
{
	hc_module *m;
	struct range *r;
	int i;

	for (m = modules; m != NULL; m = m->next) {
		for (i = 0; i < m->nranges; i++) {
			r = &m->ranges[i];
			if (va >= r->va && va - r->va < r->n * HC_PAGE)
				return (r->pfns[(va - r->va) / HC_PAGE]);
		}
	}
	return (HC_NOPFN);
}
