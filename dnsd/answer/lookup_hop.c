/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a hop whatever it finds: its answer is cut off, its alias noted. */
#include "dnsd/answer/lookup_hop.h"

ASIDE void hop_truncate(struct hop *s)
{
	reply_truncate(s->reply);
}

bool hop_link(struct hop *s, const struct node *dname)
{
	if (s->links == CHAIN_MOST)
		return false;
	for (unsigned i = 0; i < s->links; i++)
		if (s->link[i].name == s->name->hash)
			return false;
	s->link[s->links++] = (struct link){ s->name->hash, dname };
	return true;
}
