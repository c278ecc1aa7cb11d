"""Runs a command and writes what it took to a descriptor: measured.py DESCRIPTOR USER COMMAND... (USER: a number, or - for one's own)

A process counts as its own peak what the process that started it had in memory, because it begins as a copy. So the
command is started from here, where there is next to nothing, and not from the tests. What wait4 tells includes the
command's own children that it waited for.
"""
import json, os, sys

descriptor, user, *command = sys.argv[1:]
os.set_inheritable(int(descriptor), False)
child = os.fork()
if child == 0:
    if user != "-":
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    os.execv(command[0], command)
_, status, usage = os.wait4(child, 0)
told = {"status": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss * 1024, "seconds": usage.ru_utime + usage.ru_stime}
os.write(int(descriptor), json.dumps(told).encode())
