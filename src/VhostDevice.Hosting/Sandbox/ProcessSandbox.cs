// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Hosting.Sandbox;

/// <summary>
/// Takes from the process what it does not need to serve guests: privileges, system calls, paths. What the kernel
/// cannot do is told in a warning, and the daemon goes on without it.
/// </summary>
/// <remarks>
/// In two steps, because sockets are opened with the privileges that the user has, and threads keep what they had when
/// they were started: <see cref="Prepare"/> first, then sockets and files, then <see cref="Enter"/>, then threads.
/// </remarks>
/// <param name="mode">--sandbox.</param>
/// <param name="calls">What this device needs beyond <see cref="BaseCalls"/>.</param>
internal sealed class ProcessSandbox(SandboxMode mode, IReadOnlyList<CallRule> calls, ILogger log)
{
    /// <summary>With the value "log", forbidden calls are logged by the kernel instead of being the end: for measuring.</summary>
    internal const string Variable = "VHOST_DEVICE_SANDBOX";

    private readonly Dictionary<string, FolderRights> _folders = [];
    private readonly HashSet<string> _told = [];

    /// <summary>What is left to the process, as far as the kernel can do it, in a line for people.</summary>
    internal string Description
    {
        get
        {
            string on = mode switch
            {
                SandboxMode.Full => "the sandbox is on (full): no privileges, no system calls and no folders but those that the device needs",
                SandboxMode.Seccomp => "the sandbox is on (seccomp): no privileges and no system calls but those that the device needs",
                _ => "the sandbox is off: the daemon can do whatever its user can",
            };
            return string.Join("; ", _told.Prepend(on));
        }
    }

    private bool IsOn => mode != SandboxMode.Off;

    /// <summary>Paths beneath a folder that the device uses later on; before <see cref="Enter"/>.</summary>
    internal void AllowFolder(string folder, FolderRights rights) => _folders[folder] = _folders.GetValueOrDefault(folder) | rights;

    /// <summary>The same for the folder that a path is in.</summary>
    internal void AllowFolderOf(string path, FolderRights rights) => AllowFolder(SocketPaths.FolderOf(path), rights);

    /// <summary>A socket that is removed at the end; before <see cref="Enter"/>.</summary>
    internal void AllowRemoval(string path) => AllowFolder(SocketPaths.FolderOf(path), FolderRights.RemoveFiles);

    /// <summary>Restricts the runtime's own thread, where <see cref="Enter"/> would not reach it.</summary>
    /// <param name="signals">What would otherwise end the process before it can clean up.</param>
    /// <returns>True when <see cref="Enter"/> must come before the next thread. Until then the signals are blocked.</returns>
    internal bool Prepare(int[] signals)
    {
        if (!NeedsEveryThread())
            return false;
        _ = SignalFd.Block(signals);
        bool done = FinalizerThread.Run(() =>
        {
            _ = SignalFd.Block(signals);
            RestrictThread([], allThreads: false);
        });
        if (!done)
            Warn("the runtime's own thread could not be reached: it keeps its privileges and paths");
        return true;
    }

    /// <summary>Restricts the calling thread and whatever it starts from now on; the system calls are those of all threads.</summary>
    /// <param name="toRemove">Paths of sockets that are removed at the end.</param>
    internal void Enter(IEnumerable<string> toRemove)
    {
        if (IsOn)
            Restrict(toRemove);
        log.LogInformation("{Description}", Description);
    }

    private void Restrict(IEnumerable<string> toRemove)
    {
        foreach (string path in toRemove)
            AllowRemoval(path);
        RestrictThread(_folders, allThreads: true);
        foreach ((string folder, FolderRights rights) in _folders)
        {
            if (rights.HasFlag(FolderRights.RemoveFiles) && !Files.CanWrite(folder))
                Warn($"without capabilities the sockets in {folder} cannot be removed at the end");
        }

        SeccompFilter filter = BaseCalls.Filter(logOnly: Environment.GetEnvironmentVariable(Variable) == "log");
        foreach (CallRule call in calls)
            call.AddTo(filter);
        Errno errno = filter.Install();
        if (errno.IsError)
            Warn($"system calls are not restricted: {(IsMissing(errno) ? "this kernel has no seccomp filters" : errno)}");
    }

    // System calls are restricted for all threads at once, and so are paths from Linux 7.0 on.
    private bool NeedsEveryThread()
    {
        if (!IsOn)
            return false;
        if (ThreadPrivileges.HasCapabilities(out bool has).IsSuccess && has)
            return true;
        if (mode != SandboxMode.Full || LandlockRuleset.Create(out LandlockRuleset? ruleset).IsError)
            return false;
        using (ruleset)
            return !ruleset!.ReachesAllThreads;
    }

    // Everything that is a thread's own.
    private void RestrictThread(Dictionary<string, FolderRights> folders, bool allThreads)
    {
        Errno errno = ThreadPrivileges.SetNoNewPrivileges();
        if (errno.IsError)
            Warn($"new privileges cannot be given up: {errno}");
        if (mode == SandboxMode.Full)
            RestrictPaths(folders, allThreads);
        errno = ThreadPrivileges.HasCapabilities(out bool has);
        if (errno.IsSuccess && has)
            errno = ThreadPrivileges.DropCapabilities();
        if (errno.IsError)
            Warn($"capabilities cannot be dropped: {errno}");
    }

    private void RestrictPaths(Dictionary<string, FolderRights> folders, bool allThreads)
    {
        Errno errno = LandlockRuleset.Create(out LandlockRuleset? ruleset);
        using (ruleset)
        {
            if (errno.IsSuccess)
            {
                foreach ((string folder, FolderRights rights) in folders)
                {
                    Errno problem = ruleset!.Add(folder, rights);
                    if (problem.IsError)
                        Warn($"{folder} will be out of reach: {problem}");
                }

                errno = ruleset!.Enforce(allThreads);
            }
        }

        if (errno == Errno.EOPNOTSUPP)
            Warn("paths are not restricted: Landlock is switched off");
        else if (errno.IsError)
            Warn($"paths are not restricted: {(IsMissing(errno) ? "this kernel has no Landlock" : errno)}");
    }

    private static bool IsMissing(Errno errno) => errno == Errno.ENOSYS || errno == Errno.EINVAL;

    // Both steps may meet the same lack.
    private void Warn(string text)
    {
        if (_told.Add(text))
            log.LogWarning("sandbox: {Text}", text);
    }
}
