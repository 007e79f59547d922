// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>A running rng daemon with a folder of its own.</summary>
internal sealed class Daemon : IDisposable
{
    private readonly int _sockets;

    private Daemon(TemporaryFolder folder, int sockets, ChildProcess process)
    {
        Folder = folder;
        _sockets = sockets;
        Process = process;
    }

    internal TemporaryFolder Folder { get; }

    internal ChildProcess Process { get; }

    internal TextPipe Log => Process.Err;

    /// <summary>Starts it and waits until it listens on all sockets.</summary>
    internal static Daemon Start(params string[] arguments) => Start(new TemporaryFolder(), 1, arguments);

    /// <inheritdoc cref="Start(string[])"/>
    /// <param name="folder">Where the sockets go; the daemon's from now on.</param>
    internal static Daemon Start(TemporaryFolder folder, int sockets, params string[] arguments)
    {
        Daemon daemon = new(folder, sockets, Launch(folder, sockets, arguments));
        try
        {
            daemon.WaitUntilReady();
            return daemon;
        }
        catch
        {
            daemon.Dispose();
            throw;
        }
    }

    /// <summary>A process as <see cref="Start(string[])"/> makes it, at once.</summary>
    internal static ChildProcess Launch(TemporaryFolder folder, int sockets, params string[] arguments) =>
        ChildProcess.Start(
            ProgramFile.RngLink,
            [
                "-s", folder.At("rng"), "-c", sockets.ToString(System.Globalization.CultureInfo.InvariantCulture),
                .. arguments,
            ]);

    internal string Socket(int index = 0) => Folder.At($"rng{index}");

    internal Guest Connect(int index = 0) => Guest.Connect(Socket(index));

    /// <summary>SIGTERM, and everything that must follow: status 0, soon, and no socket left.</summary>
    internal void Stop(int signal = Libc.SIGTERM)
    {
        Process.Signal(signal);
        Assert.Equal(0, Process.WaitForExit());
        for (int i = 0; i < _sockets; i++)
            Assert.False(File.Exists(Socket(i)), $"{Socket(i)} was left behind");
    }

    public void Dispose()
    {
        Process.Dispose();
        Folder.Dispose();
    }

    private void WaitUntilReady()
    {
        for (int i = 0; i < _sockets; i++)
            Log.WaitFor($"listening on {Socket(i)}");
    }
}
