# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The page of "tidemark report --html": packages that package-lock.json names and our own sources
# become page.html, and that a C array.  A release tarball carries page.html, so that building from
# it asks for neither network nor packages.  configure says where packages cannot be had; page.c is
# then empty, and "report --html" says so.

HTML_FILES = $(addprefix tools/html/src/, \
	app.jsx data.js diff.js format.js group.js icon.svg layout.js main.jsx page.css \
	parts/advice.jsx parts/bits.jsx parts/details.jsx parts/facts.jsx parts/flame.jsx parts/header.jsx \
	parts/help.jsx parts/leaks.jsx parts/lists.jsx parts/processes.jsx parts/summary.jsx parts/tables.jsx \
	parts/timeline.jsx theme.js)

HTML_C = tools/html/page.c

EXTRA_DIST += tools/html/README.md tools/html/package.json tools/html/package-lock.json \
	tools/html/fetch.sh tools/html/build.sh tools/html/embed.sh $(HTML_FILES)

if HAVE_PAGE
EXTRA_DIST += tools/html/page.html

tools/html/page.html: $(HTML_FILES) tools/html/build.sh tools/html/package-lock.json
	$(AM_V_GEN)$(MKDIR_P) tools/html && bash $(srcdir)/tools/html/build.sh $@

tools/html/page.c: tools/html/page.html tools/html/embed.sh
	$(AM_V_GEN)$(MKDIR_P) tools/html && page=$$(test -f tools/html/page.html || echo $(srcdir)/) && \
		$(SHELL) $(srcdir)/tools/html/embed.sh "$${page}tools/html/page.html" >$@-t && mv $@-t $@
else
tools/html/page.c: tools/html/embed.sh
	$(AM_V_GEN)$(MKDIR_P) tools/html && $(SHELL) $(srcdir)/tools/html/embed.sh >$@-t && mv $@-t $@
endif

CLEANFILES += tools/html/page.c
