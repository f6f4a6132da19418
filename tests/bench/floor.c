/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's share of an answer: sends each datagram back, longer by four addresses, and looks nothing up. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { AT_ONCE = 64, LONGEST = 1232, ANSWER = 64, FLAGS = 2, QR_AA = 0x84 };

static unsigned char text[AT_ONCE][LONGEST + ANSWER];
static struct sockaddr_in from[AT_ONCE];
static struct iovec part[AT_ONCE];
static struct mmsghdr batch[AT_ONCE];

static void make_room(void)
{
	for (int i = 0; i < AT_ONCE; i++) {
		part[i] = (struct iovec){ .iov_base = text[i], .iov_len = LONGEST };
		batch[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_namelen = sizeof(from[i]),
			.msg_iov = &part[i], .msg_iovlen = 1 };
	}
}

static void echo(int fd)
{
	int n = recvmmsg(fd, batch, AT_ONCE, MSG_WAITFORONE, NULL);

	for (int i = 0; i < n; i++) {
		text[i][FLAGS] |= QR_AA;
		part[i].iov_len = batch[i].msg_len + ANSWER;
	}
	for (int sent = 0, more; sent < n; sent += more) {
		more = sendmmsg(fd, batch + sent, (unsigned)(n - sent), 0);
		if (more <= 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

	if (argc != 2) {
		fputs("usage: floor PORT\n", stderr);
		return 2;
	}
	here.sin_port = htons((unsigned short)atoi(argv[1]));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0) {
		perror("floor");
		return 1;
	}
	for (;;) {
		make_room();
		echo(fd);
	}
}
