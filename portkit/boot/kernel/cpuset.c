/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Sets of processors. The kernels of different years differ in what of this is
 * a macro and what is a function, and in a const here and there: this file
 * therefore declares the set itself, and includes none of their headers.
 */

#include "../machine/machine.h"

#define	BITS	64
#define	WORDS	4		/* NCPU is 256 */
#define	NONE	((unsigned)-1)

struct set {
	unsigned long	words[WORDS];
};

void	cpuset_zero(struct set *);
void	cpuset_all(struct set *);
void	cpuset_all_but(struct set *, unsigned);
void	cpuset_only(struct set *, unsigned);
void	cpuset_add(struct set *, unsigned);
void	cpuset_del(struct set *, unsigned);
int	cpuset_isnull(const struct set *);
int	cpuset_isequal(const struct set *, const struct set *);
long	cpu_in_set(const struct set *, unsigned);
unsigned cpuset_find(const struct set *);
void	cpuset_bounds(const struct set *, unsigned *, unsigned *);
void	cpuset_or(struct set *, const struct set *);
void	cpuset_xor(struct set *, const struct set *);
void	cpuset_and(struct set *, const struct set *);
void	cpuset_atomic_add(struct set *, unsigned);
void	cpuset_atomic_del(struct set *, unsigned);
long	cpuset_atomic_xadd(struct set *, unsigned);
long	cpuset_atomic_xdel(struct set *, unsigned);
struct set *cpuset_alloc(int);
void	cpuset_free(struct set *);

void
cpuset_zero(struct set *s)
{
	int i;

	for (i = 0; i < WORDS; i++)
		s->words[i] = 0;
}

void
cpuset_all(struct set *s)
{
	int i;

	for (i = 0; i < WORDS; i++)
		s->words[i] = ~0UL;
}

void
cpuset_add(struct set *s, unsigned id)
{
	s->words[id / BITS] |= 1UL << (id % BITS);
}

void
cpuset_del(struct set *s, unsigned id)
{
	s->words[id / BITS] &= ~(1UL << (id % BITS));
}

void
cpuset_all_but(struct set *s, unsigned id)
{
	cpuset_all(s);
	cpuset_del(s, id);
}

void
cpuset_only(struct set *s, unsigned id)
{
	cpuset_zero(s);
	cpuset_add(s, id);
}

long
cpu_in_set(const struct set *s, unsigned id)
{
	return ((s->words[id / BITS] >> (id % BITS)) & 1);
}

int
cpuset_isnull(const struct set *s)
{
	return (cpuset_find(s) == NONE);
}

int
cpuset_isequal(const struct set *a, const struct set *b)
{
	int i;

	for (i = 0; i < WORDS; i++) {
		if (a->words[i] != b->words[i])
			return (0);
	}
	return (1);
}

unsigned
cpuset_find(const struct set *s)
{
	int i;

	for (i = 0; i < WORDS; i++) {
		if (s->words[i] != 0)
			return (i * BITS + __builtin_ctzl(s->words[i]));
	}
	return (NONE);
}

void
cpuset_bounds(const struct set *s, unsigned *smallest, unsigned *largest)
{
	int i;

	*smallest = cpuset_find(s);
	*largest = NONE;
	for (i = WORDS - 1; i >= 0 && *largest == NONE; i--) {
		if (s->words[i] != 0)
			*largest = i * BITS + 63 - __builtin_clzl(s->words[i]);
	}
}

void
cpuset_or(struct set *a, const struct set *b)
{
	int i;

	for (i = 0; i < WORDS; i++)
		a->words[i] |= b->words[i];
}

void
cpuset_xor(struct set *a, const struct set *b)
{
	int i;

	for (i = 0; i < WORDS; i++)
		a->words[i] ^= b->words[i];
}

void
cpuset_and(struct set *a, const struct set *b)
{
	int i;

	for (i = 0; i < WORDS; i++)
		a->words[i] &= b->words[i];
}

/*
 * Only one context runs at a time, so these are atomic as they are.
 */
void
cpuset_atomic_add(struct set *s, unsigned id)
{
	cpuset_add(s, id);
}

void
cpuset_atomic_del(struct set *s, unsigned id)
{
	cpuset_del(s, id);
}

/* 0: it was not there, or not gone, before; -1: it was. */
long
cpuset_atomic_xadd(struct set *s, unsigned id)
{
	if (cpu_in_set(s, id))
		return (-1);
	cpuset_add(s, id);
	return (0);
}

long
cpuset_atomic_xdel(struct set *s, unsigned id)
{
	if (!cpu_in_set(s, id))
		return (-1);
	cpuset_del(s, id);
	return (0);
}

struct set *
cpuset_alloc(int kmflags)
{
	return (hc_alloc(sizeof (struct set)));
}

void
cpuset_free(struct set *s)
{
	hc_free(s);
}
