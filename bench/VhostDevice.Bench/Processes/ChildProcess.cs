// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>
/// A process started with posix_spawn: nothing but the start itself happens between the clock's two looks, and it
/// inherits the descriptors that are not close-on-exec. It does not outlive this process, however that ends.
/// </summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private readonly IDisposable _atExit;
    private bool _reaped;

    private ChildProcess(int pid, long startTicks)
    {
        Pid = pid;
        StartTicks = startTicks;
        _atExit = AtExit.Do(Stop);
    }

    internal int Pid { get; }

    /// <summary><see cref="Stopwatch"/> ticks just before the start.</summary>
    internal long StartTicks { get; }

    /// <param name="arguments">The program comes first, with its path or to be found.</param>
    /// <param name="variables">Added to this process's environment.</param>
    /// <param name="logPath">Where its standard output and error go.</param>
    internal static ChildProcess Start(IReadOnlyList<string> arguments, IReadOnlyList<string> variables, string logPath)
    {
        Guard.Prepare();
        int pid = Spawn(arguments, variables, logPath, -1, out long start);
        Guard.Watch(pid);
        return new ChildProcess(pid, start);
    }

    /// <summary>Only starts it; for <see cref="Guard"/>.</summary>
    /// <param name="input">The descriptor of its standard input, or -1 for ours.</param>
    /// <param name="start"><see cref="Stopwatch"/> ticks just before the start.</param>
    internal static int Spawn(IReadOnlyList<string> arguments, IReadOnlyList<string> variables, string logPath, int input, out long start)
    {
        List<string> environment = [.. variables];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            environment.Add($"{entry.Key}={entry.Value}");

        using CStrings argv = new(arguments);
        using CStrings envp = new(environment);
        using CStrings log = new([logPath]);
        // Opaque to us; the largest C library needs 80 bytes.
        byte* actions = stackalloc byte[512];
        Native.CheckCode(Native.posix_spawn_file_actions_init(actions), "posix_spawn");
        foreach (int fd in (ReadOnlySpan<int>)[1, 2])
            Native.CheckCode(
                Native.posix_spawn_file_actions_addopen(
                    actions, fd, log.Pointer[0], Native.O_WRONLY | Native.O_CREAT | Native.O_APPEND, 0x1A4),
                "posix_spawn");
        if (input >= 0)
            Native.CheckCode(Native.posix_spawn_file_actions_adddup2(actions, input, 0), "posix_spawn");
        int pid;
        start = Stopwatch.GetTimestamp();
        int code = Native.posix_spawnp(&pid, argv.Pointer[0], actions, null, argv.Pointer, envp.Pointer);
        _ = Native.posix_spawn_file_actions_destroy(actions);
        Native.CheckCode(code, $"{arguments[0]} cannot be started");
        return pid;
    }

    internal bool HasExited
    {
        get
        {
            if (!_reaped && Native.waitpid(Pid, null, Native.WNOHANG) != 0)
                Reaped();
            return _reaped;
        }
    }

    /// <summary>Waits for the end without a pause; for children that end by themselves.</summary>
    internal void Wait()
    {
        if (_reaped)
            return;
        _ = Native.waitpid(Pid, null, 0);
        Reaped();
    }

    /// <summary>Ends it: SIGTERM, and SIGKILL if it does not listen.</summary>
    public void Dispose() => _atExit.Dispose();

    internal void Kill()
    {
        if (HasExited)
            return;
        _ = Native.kill(Pid, Native.SIGKILL);
        Wait();
    }

    private void Reaped()
    {
        _reaped = true;
        Guard.Release(Pid);
    }

    private void Stop()
    {
        if (HasExited)
            return;
        _ = Native.kill(Pid, Native.SIGTERM);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_patience; Thread.Sleep(1))
        {
            if (HasExited)
                return;
        }

        Kill();
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class CStrings : IDisposable
    {
        private readonly int _count;

        internal CStrings(IReadOnlyList<string> texts)
        {
            _count = texts.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
            for (int i = 0; i < texts.Count; i++)
                Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        internal byte** Pointer { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
