/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool is_open;
static bool has_keys;
static volatile sig_atomic_t ending; /* the signal */
static volatile sig_atomic_t resized;
static volatile sig_atomic_t stopping;

static void on_end(int signo)
{
	ending = signo;
}

static void on_resize(int signo)
{
	(void)signo;
	resized = 1;
}

static void on_stop(int signo)
{
	(void)signo;
	stopping = 1;
}

static void catch (int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	/* No SA_RESTART: waiting must end. */
	sigaction(signo, &action, NULL);
}

static void say(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

void screen_open(void)
{
	struct termios now;

	has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
	catch (SIGINT, on_end);
	catch (SIGTERM, on_end);
	catch (SIGHUP, on_end);
	catch (SIGQUIT, on_end);
	catch (SIGPIPE, SIG_IGN);
	catch (SIGTSTP, on_stop);
	catch (SIGWINCH, on_resize);
	if (has_keys) {
		now = before;
		now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
	}
	say("\033[?1049h\033[?25l");
	is_open = true;
}

void screen_close(void)
{
	if (!is_open)
		return;
	say("\033[?25h\033[?1049l");
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	is_open = false;
}

unsigned screen_lines(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 3 ? 24 : size.ws_row;
}

void screen_draw(const char *text)
{
	unsigned left = screen_lines();
	size_t bytes;

	fputs("\033[H", stdout);
	for (; *text && left; left--, text += bytes) {
		bytes = strcspn(text, "\n");
		fwrite(text, 1, bytes, stdout);
		/* The last line of the screen must not scroll it. */
		fputs(left > 1 && text[bytes] && text[bytes + 1] ? "\033[K\n" : "\033[K", stdout);
		bytes += text[bytes] != '\0';
	}
	say("\033[J");
}

/* As long as somebody else has the terminal, ours is the ordinary screen. */
static void stop(void)
{
	stopping = 0;
	screen_close();
	catch (SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	screen_open();
}

int screen_wait(unsigned ms)
{
	struct pollfd keys = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
	unsigned char key;
	int n;

	if (ending)
		return SCREEN_END;
	n = poll(&keys, 1, (int)ms);
	if (stopping) {
		stop();
		return SCREEN_RESIZED;
	}
	if (ending || ferror(stdout))
		return SCREEN_END;
	if (resized) {
		resized = 0;
		return SCREEN_RESIZED;
	}
	if (n <= 0)
		return SCREEN_TIME;
	if (read(STDIN_FILENO, &key, 1) != 1)
		return SCREEN_END;
	return key ? key : SCREEN_TIME;
}

void screen_end_alike(void)
{
	if (!ending)
		return;
	catch (ending, SIG_DFL);
	raise(ending);
}
