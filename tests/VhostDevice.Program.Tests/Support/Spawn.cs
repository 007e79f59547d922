// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>posix_spawn, because children here inherit descriptors at chosen numbers, which Process cannot do.</summary>
internal static unsafe class Spawn
{
    // The child's copies pass through here, so that no target overwrites a source that is still needed.
    private const int Aside = 200;

    // What the test run itself may have been started with.
    private static readonly string[] s_notInherited = ["RUST_LOG", "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    /// <summary>Starts a program with default signal handling and nothing open but these descriptors and /dev/null as input.</summary>
    /// <param name="arguments">From argv[0] on.</param>
    /// <param name="descriptors">Number in the child, and the descriptor here.</param>
    internal static int Start(
        string path, IReadOnlyList<string> arguments, IEnumerable<KeyValuePair<string, string>> environment,
        IReadOnlyList<(int Number, int Fd)> descriptors)
    {
        byte* actions = stackalloc byte[Libc.OpaqueBytes];
        byte* attributes = stackalloc byte[Libc.OpaqueBytes];
        byte* signals = stackalloc byte[Libc.OpaqueBytes];
        Check(Libc.posix_spawn_file_actions_init(actions));
        Check(Libc.posix_spawnattr_init(attributes));
        // The runtime that runs the tests ignores SIGPIPE, which a child would inherit.
        Check(Libc.posix_spawnattr_setflags(attributes, Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK));
        Check(Libc.sigemptyset(signals));
        Check(Libc.posix_spawnattr_setsigmask(attributes, signals));
        Check(Libc.sigfillset(signals));
        Check(Libc.posix_spawnattr_setsigdefault(attributes, signals));

        Check(Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Libc.O_RDONLY, 0));
        for (int i = 0; i < descriptors.Count; i++)
            Check(Libc.posix_spawn_file_actions_adddup2(actions, descriptors[i].Fd, Aside + i));
        for (int i = 0; i < descriptors.Count; i++)
        {
            Check(Libc.posix_spawn_file_actions_adddup2(actions, Aside + i, descriptors[i].Number));
            Check(Libc.posix_spawn_file_actions_addclose(actions, Aside + i));
        }

        byte** argv = Strings(arguments);
        byte** envp = Strings(Merge(environment).Select(p => p.Key + "=" + p.Value).ToArray());
        byte* file = (byte*)Marshal.StringToCoTaskMemUTF8(path);
        int pid;
        int error = Libc.posix_spawn(&pid, file, actions, attributes, argv, envp);
        Marshal.FreeCoTaskMem((nint)file);
        Free(argv);
        Free(envp);
        _ = Libc.posix_spawn_file_actions_destroy(actions);
        _ = Libc.posix_spawnattr_destroy(attributes);
        Check(error);
        return pid;
    }

    private static Dictionary<string, string> Merge(IEnumerable<KeyValuePair<string, string>> more)
    {
        Dictionary<string, string> merged = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            string name = (string)entry.Key;
            if (!s_notInherited.Contains(name))
                merged[name] = (string?)entry.Value ?? "";
        }

        foreach ((string name, string value) in more)
            merged[name] = value;
        return merged;
    }

    private static byte** Strings(IReadOnlyList<string> texts)
    {
        byte** array = (byte**)NativeMemory.Alloc((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
            array[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        array[texts.Count] = null;
        return array;
    }

    private static void Free(byte** array)
    {
        for (byte** p = array; *p != null; p++)
            Marshal.FreeCoTaskMem((nint)(*p));
        NativeMemory.Free(array);
    }

    private static void Check(int error) =>
        Assert.True(error == 0, $"posix_spawn: {new Errno(error).Message}");
}
