/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PCI configuration space: pci_config_get8(9F).
 */

#ifndef _SYS_PCI_H
#define	_SYS_PCI_H

#include <sys/types.h>

#define	PCI_CONF_VENID	0x0
#define	PCI_CONF_DEVID	0x2
#define	PCI_CONF_COMM	0x4
#define	PCI_CONF_STAT	0x6
#define	PCI_CONF_REVID	0x8
#define	PCI_CONF_PROGCLASS	0x9
#define	PCI_CONF_SUBCLASS	0xa
#define	PCI_CONF_BASCLASS	0xb
#define	PCI_CONF_CACHE_LINESZ	0xc
#define	PCI_CONF_LATENCY_TIMER	0xd
#define	PCI_CONF_HEADER	0xe
#define	PCI_CONF_BIST	0xf
#define	PCI_CONF_BASE0	0x10
#define	PCI_CONF_BASE1	0x14
#define	PCI_CONF_BASE2	0x18
#define	PCI_CONF_BASE3	0x1c
#define	PCI_CONF_BASE4	0x20
#define	PCI_CONF_BASE5	0x24
#define	PCI_CONF_SUBVENID	0x2c
#define	PCI_CONF_SUBSYSID	0x2e
#define	PCI_CONF_ROM	0x30
#define	PCI_CONF_CAP_PTR	0x34
#define	PCI_CONF_ILINE	0x3c
#define	PCI_CONF_IPIN	0x3d
#define	PCI_COMM_IO	0x1
#define	PCI_COMM_MAE	0x2
#define	PCI_COMM_ME	0x4
#define	PCI_COMM_INTX_DISABLE	0x400
#define	PCI_STAT_CAP	0x10
#define	PCI_CAP_ID	0x0
#define	PCI_CAP_NEXT_PTR	0x1
#define	PCI_CAP_ID_PM	0x1
#define	PCI_CAP_ID_MSI	0x5
#define	PCI_CAP_ID_VS	0x9
#define	PCI_CAP_ID_PCI_E	0x10
#define	PCI_CAP_ID_MSI_X	0x11

#endif	/* _SYS_PCI_H */
