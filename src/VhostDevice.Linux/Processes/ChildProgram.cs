// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections;
using System.Runtime.InteropServices;

namespace VhostDevice.Linux;

/// <summary>A program that this one starts, with a socket as its standard input and output.</summary>
public static unsafe class ChildProgram
{
    // The C library's structures are smaller than these on all architectures.
    private const int ActionsBytes = 256;
    private const int AttributesBytes = 1024;

    /// <summary>
    /// Starts a command with /bin/sh. It keeps this program's standard error, environment and folder, and no other
    /// descriptor; all signals are as usual for it. It finds the end of its input when the socket is closed, and is not
    /// ended otherwise.
    /// </summary>
    /// <param name="socket">Our end of a stream socket; it does not block.</param>
    public static Errno StartShell(string command, out OwnedFd? socket)
    {
        Errno errno = UnixSocket.CreatePair(out OwnedFd? ours, out OwnedFd? theirs);
        socket = null;
        if (errno.IsError)
            return errno;
        using (theirs)
        {
            _ = Files.SetNonBlocking(ours!.Fd);
            errno = Start("/bin/sh", ["sh", "-c", command], theirs!.Fd);
        }

        if (errno.IsSuccess)
            socket = ours;
        else
            ours.Dispose();
        return errno;
    }

    private static Errno Start(string path, string[] arguments, int fd)
    {
        byte* actions = stackalloc byte[ActionsBytes];
        byte* attributes = stackalloc byte[AttributesBytes];
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        _ = Libc.posix_spawn_file_actions_adddup2(actions, fd, 0);
        _ = Libc.posix_spawn_file_actions_adddup2(actions, fd, 1);
        SigSet all = default, none = default;
        all[0] = ulong.MaxValue;
        _ = Libc.posix_spawnattr_setsigdefault(attributes, &all);
        _ = Libc.posix_spawnattr_setsigmask(attributes, &none);
        _ = Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK);
        List<string> variables = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables.Add(entry.Key + "=" + entry.Value);
        byte** words = List(arguments);
        byte** environment = List([.. variables]);
        int pid;
        // The error is what the function returns.
        Errno errno = new(Libc.posix_spawn(&pid, path, actions, attributes, words, environment));
        Free(words);
        Free(environment);
        _ = Libc.posix_spawn_file_actions_destroy(actions);
        _ = Libc.posix_spawnattr_destroy(attributes);
        return errno;
    }

    private static byte** List(string[] texts)
    {
        byte** list = (byte**)NativeMemory.Alloc((nuint)(texts.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Length; i++)
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        list[texts.Length] = null;
        return list;
    }

    private static void Free(byte** list)
    {
        for (int i = 0; list[i] != null; i++)
            Marshal.FreeCoTaskMem((nint)list[i]);
        NativeMemory.Free(list);
    }
}
