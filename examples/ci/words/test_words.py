# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library from within Python."""
import ctypes
import os

words = ctypes.CDLL(os.environ["WORDS_LIBRARY"])
words.words_in.argtypes = [ctypes.c_char_p]
words.words_in.restype = ctypes.c_size_t


def test_no_words():
    assert words.words_in(b"") == 0


def test_some_words():
    assert words.words_in(b"one two three") == 3
