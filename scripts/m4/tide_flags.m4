# SPDX-License-Identifier: LGPL-2.1-or-later

# TIDE_PROBE_CFLAGS(VARIABLE, FLAGS)
# Appends to VARIABLE those of FLAGS that the compiler takes.  -Werror makes clang refuse what it
# would otherwise only grumble about.
AC_DEFUN([TIDE_PROBE_CFLAGS], [
	for tide_flag in $2; do
		AS_VAR_PUSHDEF([tide_cache], [tide_cv_cflag_$tide_flag])
		AC_CACHE_CHECK([whether $CC takes $tide_flag], [tide_cache], [
			tide_saved_cflags=$CFLAGS
			CFLAGS="-Werror $tide_flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
				[AS_VAR_SET([tide_cache], [yes])],
				[AS_VAR_SET([tide_cache], [no])])
			CFLAGS=$tide_saved_cflags
		])
		AS_VAR_IF([tide_cache], [yes], [AS_VAR_APPEND([$1], [" $tide_flag"])])
		AS_VAR_POPDEF([tide_cache])
	done
	AC_SUBST([$1])
])
