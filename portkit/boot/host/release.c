/*
 * SPDX-License-Identifier: BSD-2-Clause
 * Copyright 2026 The portkit authors
 */

/*
 * Releases of the host. What each reports is what guests on it print; MSRs
 * that a release does not announce do not exist on it.
 */

#include <stdio.h>

#include "core.h"

#define	FEATURES_2008	(HV_HAS_VP_RUNTIME | HV_HAS_REF_COUNT | HV_HAS_SYNIC | \
	HV_HAS_STIMERS | HV_HAS_APIC | HV_HAS_HYPERCALL | HV_HAS_VP_INDEX)
#define	FEATURES_2012	(FEATURES_2008 | HV_HAS_REF_TSC | HV_HAS_GUEST_IDLE | \
	HV_HAS_FREQUENCY)
#define	MAY		((uint64_t)(HV_MAY_POST | HV_MAY_SIGNAL) << 32)

static const struct hv_release releases[] = {
	{
		.name = "2008", .title = "Windows Server 2008",
		.build = 6002, .major = 6, .minor = 0, .service_pack = 18,
		.service_number = 18005,
		.vmbus_versions = { VB_0_13 },
		.features = MAY | FEATURES_2008,
		.recommendations = 0x28,
	}, {
		.name = "2008R2", .title = "Windows Server 2008 R2",
		.build = 7601, .major = 6, .minor = 1, .service_pack = 17,
		.service_number = 17514,
		.vmbus_versions = { VB_1_1, VB_0_13 },
		.features = MAY | FEATURES_2008,
		.features_edx = 0x2,
		.recommendations = 0x28,
	}, {
		.name = "2012", .title = "Windows Server 2012",
		.build = 9200, .major = 6, .minor = 2, .service_pack = 16,
		.service_number = 16384,
		.vmbus_versions = { VB_2_4, VB_1_1, VB_0_13 },
		.features = MAY | FEATURES_2012,
		.features_edx = 0x3a2,
		.recommendations = 0x28,
	}, {
		.name = "2012R2", .title = "Windows Server 2012 R2",
		.build = 9600, .major = 6, .minor = 3, .service_pack = 17,
		.service_number = 17415,
		.vmbus_versions = { VB_3_0, VB_2_4, VB_1_1, VB_0_13 },
		.features = MAY | FEATURES_2012,
		.features_edx = 0x7a2,
		.recommendations = 0x128,
	}, {
		.name = "2016", .title = "Windows Server 2016",
		.build = 14393, .major = 10, .minor = 0,
		.vmbus_versions = { VB_4_0, VB_3_0, VB_2_4, VB_1_1, VB_0_13 },
		.features = MAY | FEATURES_2012,
		.features_edx = 0x7a2,
		.recommendations = 0x128,
	}, {
		.name = "2019", .title = "Windows Server 2019",
		.build = 17763, .major = 10, .minor = 0, .service_pack = 1,
		.service_number = 1,
		.vmbus_versions = { VB_5_1, VB_5_0, VB_4_1, VB_4_0, VB_3_0,
		    VB_2_4, VB_1_1 },
		.features = MAY | FEATURES_2012,
		.features_edx = 0x7a2,
		.recommendations = 0x128,
	}
};

#define	NRELEASES	(sizeof (releases) / sizeof (releases[0]))
#define	NVERSIONS	\
	(sizeof (releases[0].vmbus_versions) / sizeof (uint32_t))
#define	DEFAULT		"2016"

static const struct hv_release *release;

const struct hv_release *
hv_release(void)
{
	if (release == NULL)
		hv_release_choose();
	return (release);
}

void
hv_release_choose(void)
{
	const char *name = hc_arg("host");
	size_t i;

	if (name == NULL || *name == '\0')
		name = DEFAULT;
	for (i = 0; i < NRELEASES; i++) {
		if (strcmp(releases[i].name, name) == 0) {
			release = &releases[i];
			return;
		}
	}
	(void) fprintf(stderr, "simulator: there is no host release %s:", name);
	for (i = 0; i < NRELEASES; i++)
		(void) fprintf(stderr, " %s", releases[i].name);
	(void) fprintf(stderr, "\n");
	exit(2);
}

bool
hv_speaks(uint32_t version)
{
	size_t i;

	for (i = 0; i < NVERSIONS; i++) {
		if (version != 0 && hv_release()->vmbus_versions[i] == version)
			return (true);
	}
	return (false);
}

bool
hv_speaks_since(uint32_t version)
{
	return (hv_release()->vmbus_versions[0] >= version);
}
