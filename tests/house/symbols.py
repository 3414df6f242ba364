#!/usr/bin/env python3
"""The library never ends or talks past its host: no object of the archive may ask the linker for a function that aborts, exits,
prints, or changes the process (locale, signals, floating-point mode).

    symbols.py --nm nm --archive libreckon.a
"""
import argparse
import re
import subprocess
import sys

FORBIDDEN = re.compile(
    r'(abort|_?exit|_Exit|quick_exit|atexit|__assert_fail|__assert_rtn|raise|kill'
    r'|printf|fprintf|vprintf|vfprintf|dprintf|__printf_chk|__fprintf_chk|__vfprintf_chk|puts|putchar|fputs|fputc|putc|fwrite|perror'
    r'|syslog|stdout|stderr|_ZSt4cout|_ZSt4cerr|_ZSt4clog'
    r'|setlocale|uselocale|signal|sigaction|sigprocmask|pthread_sigmask|fesetround|fesetenv|feenableexcept|_mm_setcsr'
    r'|setenv|putenv|chdir|umask|fork|execve?|system|popen'
    r'|__cxa_throw'
    r'|_ZSt24__throw_invalid_argumentPKc|_ZSt20__throw_out_of_rangePKc'  # std::stoi and friends
    r'|_ZSt27__throw_bad_optional_accessv)$')

# Exceptions, by symbol and object; each with its reason.
ALLOWED = {
    # Blocks signals around the start of a thread, so that the host's handlers never run on the library's threads, and restores them.
    'pthread_sigmask': {'thread_pool.cc.o'},
    # Inline throws of the standard library that no caller reaches: std::visit of a variant without value, shared_from_this of an
    # object that no shared_ptr holds. house.no_throw sees to it that there is no other throw.
    '__cxa_throw': {'pretokenizer.cc.o', 'jinja_objects.cc.o'},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--nm', default='nm')
    parser.add_argument('--archive', required=True)
    arguments = parser.parse_args()
    listing = subprocess.run([arguments.nm, '-u', '-A', arguments.archive], capture_output=True, text=True, check=True).stdout
    objects, offences = set(), []
    for line in listing.splitlines():
        match = re.match(r'.*?:?([^:]+\.o):\s+[Uwv] (\S+)$', line)
        if not match:
            continue
        objects.add(match[1])
        symbol = match[2].split('@')[0]
        if FORBIDDEN.match(symbol) and match[1] not in ALLOWED.get(symbol, {}):
            offences.append(f'{match[1]} uses {symbol}')
    print('\n'.join(offences) or f'{len(objects)} objects, none asks for a forbidden function')
    if not objects:
        print('found no objects: is this an archive?')
    return 1 if offences or not objects else 0


if __name__ == '__main__':
    sys.exit(main())
