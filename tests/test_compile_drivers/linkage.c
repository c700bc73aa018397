#include <sys/types.h>
#include <sys/modctl.h>
static struct modlmisc modlmisc = { &mod_miscops, "functions for others" };
static struct modlinkage modlinkage = { MODREV_1, { &modlmisc, NULL } };
int
_init(void)
{
	return (mod_install(&modlinkage));
}

int
_fini(void)
{
	return (mod_remove(&modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&modlinkage, modinfop));
}
