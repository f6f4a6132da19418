/* SPDX-License-Identifier: BSD-2-Clause */
/* RR types by their mnemonics (IANA DNS parameters), and TYPE1234 for all others (RFC 3597). */
#include "wire/type.h"

#include <stdio.h>
#include <string.h>

#include "lib/text.h"

static const struct {
	uint16_t number;
	const char *name;
} types[] = {
	{ 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 12, "PTR" }, { 13, "HINFO" },
	{ 15, "MX" }, { 16, "TXT" }, { 17, "RP" }, { 18, "AFSDB" }, { 24, "SIG" }, { 25, "KEY" },
	{ 28, "AAAA" }, { 29, "LOC" }, { 33, "SRV" }, { 35, "NAPTR" }, { 36, "KX" }, { 37, "CERT" },
	{ 39, "DNAME" }, { 42, "APL" }, { 43, "DS" }, { 44, "SSHFP" }, { 45, "IPSECKEY" },
	{ 46, "RRSIG" }, { 47, "NSEC" }, { 48, "DNSKEY" }, { 49, "DHCID" }, { 50, "NSEC3" },
	{ 51, "NSEC3PARAM" }, { 52, "TLSA" }, { 53, "SMIMEA" }, { 55, "HIP" }, { 59, "CDS" },
	{ 60, "CDNSKEY" }, { 61, "OPENPGPKEY" }, { 62, "CSYNC" }, { 63, "ZONEMD" }, { 64, "SVCB" },
	{ 65, "HTTPS" }, { 99, "SPF" }, { 108, "EUI48" }, { 109, "EUI64" }, { 256, "URI" },
	{ 257, "CAA" },
};

uint16_t type_read(const char *text)
{
	int64_t number;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcasecmp(types[i].name, text) == 0)
			return types[i].number;
	if (strncasecmp(text, "TYPE", 4) == 0 && text_number(text + 4, 1, 65535, &number))
		return (uint16_t)number;
	return 0;
}

void type_write(uint16_t type, char *text)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (types[i].number == type) {
			strcpy(text, types[i].name);
			return;
		}
	sprintf(text, "TYPE%u", type);
}
