/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * driver.conf(4): nodes to make, with their properties, and properties of all
 * of a driver's nodes. What is wrong with a file is said on the console with
 * its line, and the rest of it is read.
 */

#include "kdev.h"

typedef enum {
	T_NAME, T_EQUALS, T_COMMA, T_SEMICOLON, T_STRING, T_NUMBER, T_END, T_BAD
} token_t;

struct conf {
	const char	*cf_path;
	const char	*cf_p;
	int		cf_line;
	token_t		cf_token;
	char		cf_text[1024];
	int		cf_number;
};

/* An entry being read. */
struct entry {
	kspec_t		*e_spec;
	char		*e_prop;	/* the name of the last property */
	char		*e_values;	/* strings or ints, in a row */
	size_t		e_len;
	int		e_type;		/* 0: none yet */
	boolean_t	e_mixed;
};

static void
conf_warn(struct conf *cf, const char *what, const char *text)
{
	cmn_err(CE_WARN, "%s%s%s%s on line %d of %s", what,
	    text == NULL ? "" : " '", text == NULL ? "" : text,
	    text == NULL ? "" : "'", cf->cf_line, cf->cf_path);
}

static boolean_t
is_space(char c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\f');
}

static boolean_t
is_alpha(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
}

static boolean_t
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

static boolean_t
is_name(char c)
{
	return (is_alpha(c) || is_digit(c) || c == '-');
}

static void
add_char(struct conf *cf, size_t *n, char c)
{
	if (*n < sizeof (cf->cf_text) - 1)
		cf->cf_text[(*n)++] = c;
	cf->cf_text[*n] = '\0';
}

static boolean_t
read_number(const char *s, int *number)
{
	boolean_t minus = *s == '-' || *s == '~';
	char first = *s;
	uint_t base = 10, value = 0, digit;

	if (minus)
		s++;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0') {
		base = 8;
	}
	if (*s == '\0')
		return (B_FALSE);
	for (; *s != '\0'; s++) {
		if (is_digit(*s))
			digit = *s - '0';
		else if (*s >= 'a' && *s <= 'f')
			digit = *s - 'a' + 10;
		else if (*s >= 'A' && *s <= 'F')
			digit = *s - 'A' + 10;
		else
			return (B_FALSE);
		if (digit >= base)
			return (B_FALSE);
		value = value * base + digit;
	}
	*number = !minus ? value : first == '~' ? ~value : -value;
	return (B_TRUE);
}

static void
read_string(struct conf *cf)
{
	size_t n = 0;

	cf->cf_text[0] = '\0';
	for (cf->cf_p++; *cf->cf_p != '"'; cf->cf_p++) {
		if (*cf->cf_p == '\0' || *cf->cf_p == '\n') {
			conf_warn(cf, "Missing \"", NULL);
			cf->cf_token = T_STRING;
			return;
		}
		if (*cf->cf_p == '\\') {
			cf->cf_p++;
			if (*cf->cf_p == '\n') {
				cf->cf_line++;
				continue;
			}
			if (*cf->cf_p == '\0')
				break;
			add_char(cf, &n, *cf->cf_p == 'n' ? '\n' :
			    *cf->cf_p == 't' ? '\t' : *cf->cf_p);
			continue;
		}
		add_char(cf, &n, *cf->cf_p);
	}
	if (*cf->cf_p == '"')
		cf->cf_p++;
	cf->cf_token = T_STRING;
}

static token_t
next_token(struct conf *cf)
{
	size_t n = 0;
	char c;

	for (;;) {
		c = *cf->cf_p;
		if (is_space(c)) {
			cf->cf_p++;
		} else if (c == '\n') {
			cf->cf_line++;
			cf->cf_p++;
		} else if (c == '\\' && cf->cf_p[1] == '\n') {
			cf->cf_line++;
			cf->cf_p += 2;
		} else if (c == '#') {
			while (*cf->cf_p != '\0' && *cf->cf_p != '\n')
				cf->cf_p++;
		} else {
			break;
		}
	}
	cf->cf_text[0] = c;
	cf->cf_text[1] = '\0';
	cf->cf_p++;
	switch (c) {
	case '\0':
		cf->cf_p--;
		return (cf->cf_token = T_END);
	case '=':
		return (cf->cf_token = T_EQUALS);
	case ',':
		return (cf->cf_token = T_COMMA);
	case ';':
		return (cf->cf_token = T_SEMICOLON);
	case '"':
		cf->cf_p--;
		read_string(cf);
		return (cf->cf_token);
	}
	if (!is_name(c) && c != '~')
		return (cf->cf_token = T_BAD);
	add_char(cf, &n, c);
	while (is_name(*cf->cf_p))
		add_char(cf, &n, *cf->cf_p++);
	if (is_alpha(c))
		return (cf->cf_token = T_NAME);
	if (read_number(cf->cf_text, &cf->cf_number))
		return (cf->cf_token = T_NUMBER);
	return (cf->cf_token = n == 1 ? T_NAME : T_BAD);
}

static void
add_value(struct entry *e, int type, const void *value, size_t len)
{
	char *values;

	if (e->e_type != 0 && e->e_type != type)
		e->e_mixed = B_TRUE;
	e->e_type = type;
	values = hc_alloc(e->e_len + len);
	if (e->e_values != NULL) {
		(void) memcpy(values, e->e_values, e->e_len);
		hc_free(e->e_values);
	}
	(void) memcpy(values + e->e_len, value, len);
	e->e_values = values;
	e->e_len += len;
}

static boolean_t
valid_name(const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name <= ' ' || *name > '~' || *name == '@' ||
		    *name == '/' || *name == '\\' || *name == ':' ||
		    *name == '[' || *name == ']')
			return (B_FALSE);
	}
	return (B_TRUE);
}

/* The property that was read last is complete. */
static void
end_property(struct conf *cf, struct entry *e)
{
	int zero = 0;

	if (e->e_prop == NULL)
		return;
	if (!valid_name(e->e_prop)) {
		cmn_err(CE_WARN, "invalid property name '%s'", e->e_prop);
	} else if (e->e_mixed) {
		cmn_err(CE_WARN, "Mixed types in value list");
	} else {
		ddi_prop_t **propp = &e->e_spec->ks_props;

		if (e->e_type == 0)
			add_value(e, DDI_PROP_TYPE_INT, &zero, sizeof (zero));
		/* The same name again in an entry replaces the value. */
		for (; *propp != NULL; propp = &(*propp)->prop_next) {
			ddi_prop_t *old = *propp;

			if (strcmp(old->prop_name, e->e_prop) == 0) {
				*propp = old->prop_next;
				kprop_delete(old);
				break;
			}
		}
		kprop_append(&e->e_spec->ks_props, kprop_new(e->e_prop,
		    DDI_DEV_T_NONE, e->e_type, e->e_values, e->e_len));
	}
	if (e->e_values != NULL)
		hc_free(e->e_values);
	hc_free(e->e_prop);
	e->e_prop = e->e_values = NULL;
	e->e_len = 0;
	e->e_type = 0;
	e->e_mixed = B_FALSE;
}

static void
spec_free(kspec_t *spec)
{
	kprop_free_list(&spec->ks_props);
	if (spec->ks_name != NULL)
		hc_free(spec->ks_name);
	if (spec->ks_parent != NULL)
		hc_free(spec->ks_parent);
	if (spec->ks_class != NULL)
		hc_free(spec->ks_class);
	hc_free(spec);
}

/* The token is out of place; passed over, unless the entry ends there. */
static void
unexpected(struct conf *cf)
{
	conf_warn(cf, "Unexpected token", cf->cf_text);
	if (cf->cf_token != T_SEMICOLON && cf->cf_token != T_END)
		(void) next_token(cf);
}

/* Values up to the end of the list; the token after it is read. */
static void
read_values(struct conf *cf, struct entry *e)
{
	for (;;) {
		if (next_token(cf) == T_STRING) {
			add_value(e, DDI_PROP_TYPE_STRING, cf->cf_text,
			    strlen(cf->cf_text) + 1);
		} else if (cf->cf_token == T_NUMBER) {
			add_value(e, DDI_PROP_TYPE_INT, &cf->cf_number,
			    sizeof (int));
		} else {
			unexpected(cf);
			return;
		}
		if (next_token(cf) != T_COMMA)
			return;
	}
}

/*
 * name="string", for what is not a property. B_FALSE: it was there already.
 */
static boolean_t
read_attribute(struct conf *cf, char **where, const char *already)
{
	if (next_token(cf) != T_EQUALS || next_token(cf) != T_STRING) {
		unexpected(cf);
		return (B_TRUE);
	}
	if (*where != NULL) {
		conf_warn(cf, already, NULL);
		return (B_FALSE);
	}
	*where = kdup(cf->cf_text);
	(void) next_token(cf);
	return (B_TRUE);
}

static void
skip_entry(struct conf *cf)
{
	while (cf->cf_token != T_SEMICOLON && cf->cf_token != T_END)
		(void) next_token(cf);
}

/*
 * One entry, to its semicolon; NULL when it is of no use. The first token of
 * it has been read.
 */
static kspec_t *
read_entry(struct conf *cf)
{
	struct entry e = { NULL };
	kspec_t *spec = hc_alloc(sizeof (*spec));
	boolean_t good = B_TRUE;

	e.e_spec = spec;
	while (good && cf->cf_token != T_SEMICOLON) {
		if (cf->cf_token == T_END) {
			conf_warn(cf, "Unexpected EOF", NULL);
			good = B_FALSE;
		} else if (cf->cf_token != T_NAME) {
			unexpected(cf);
		} else if (strcmp(cf->cf_text, "name") == 0 ||
		    strcmp(cf->cf_text, "NAME") == 0) {
			good = read_attribute(cf, &spec->ks_name,
			    "'name' property already specified (the ';' may "
			    "have been omitted on previous spec!)");
		} else if (strcmp(cf->cf_text, "parent") == 0 ||
		    strcmp(cf->cf_text, "PARENT") == 0) {
			good = read_attribute(cf, &spec->ks_parent,
			    "'parent' property already specified (the ';' may "
			    "have been omitted on previous spec!)");
		} else if (strcmp(cf->cf_text, "class") == 0 ||
		    strcmp(cf->cf_text, "CLASS") == 0) {
			good = read_attribute(cf, &spec->ks_class,
			    "'class' property already specified");
			/* It is a property, too. */
			if (good && spec->ks_class != NULL) {
				e.e_prop = kdup("class");
				add_value(&e, DDI_PROP_TYPE_STRING,
				    spec->ks_class,
				    strlen(spec->ks_class) + 1);
				end_property(cf, &e);
			}
		} else {
			e.e_prop = kdup(cf->cf_text);
			if (next_token(cf) == T_EQUALS)
				read_values(cf, &e);
			end_property(cf, &e);
		}
	}
	if (!good) {
		skip_entry(cf);
		spec_free(spec);
		return (NULL);
	}
	return (spec);
}

void
kconf_read(kmodule_t *km, const char *path)
{
	char *text = hc_read_file(path);
	struct conf *cf;
	kspec_t *spec, **specp = &km->km_specs;

	if (text == NULL) {
		cmn_err(CE_WARN, "Cannot open %s", path);
		return;
	}
	cf = hc_alloc(sizeof (*cf));
	cf->cf_path = path;
	cf->cf_p = text;
	cf->cf_line = 1;
	while (*specp != NULL)
		specp = &(*specp)->ks_next;

	while (next_token(cf) != T_END) {
		if (cf->cf_token != T_NAME) {
			if (cf->cf_token != T_SEMICOLON)
				conf_warn(cf, "Unexpected token", cf->cf_text);
			continue;
		}
		if ((spec = read_entry(cf)) == NULL)
			continue;
		if (spec->ks_name == NULL && spec->ks_parent == NULL &&
		    spec->ks_class == NULL) {
			kprop_append(&km->km_global, spec->ks_props);
			spec->ks_props = NULL;
			spec_free(spec);
		} else if (spec->ks_name == NULL) {
			conf_warn(cf, "missing name attribute", NULL);
			spec_free(spec);
		} else if (spec->ks_parent == NULL && spec->ks_class == NULL) {
			conf_warn(cf, "missing parent or class attribute",
			    NULL);
			spec_free(spec);
		} else {
			*specp = spec;
			specp = &spec->ks_next;
		}
	}
	hc_free(cf);
	hc_free(text);
}
