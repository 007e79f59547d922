// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Program.Tests.Recovery;

/// <summary>Processes of the test disk, one after the other, on the same file.</summary>
internal sealed class TestDiskProcess : IDisposable
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "VhostDevice.TestDisk");

    private readonly TemporaryFolder _folder;
    private readonly string[] _options;
    private ChildProcess _process;
    private ChildProcess _next;
    private int _generation;

    public TestDiskProcess(TemporaryFolder folder, int bytes, params string[] options)
    {
        _folder = folder;
        _options = options;
        using (FileStream file = File.Create(FilePath))
            file.SetLength(bytes);
        _process = Launch(0);
        _next = Launch(1);
        _process.Err.WaitFor("listening on");
    }

    public string FilePath => _folder.At("disk");

    /// <summary>Where the current process listens.</summary>
    public string Socket => SocketOf(_generation);

    /// <summary>Kills the process, and has another one in its place.</summary>
    /// <remarks>The next one was started long before, because the start takes more time than all the rest of a test.</remarks>
    public void Kill()
    {
        _next.Err.WaitFor("listening on");
        _process.Signal(Support.Libc.SIGKILL);
        _process.WaitForExit();
        _process.Dispose();
        _process = _next;
        _next = Launch(++_generation + 1);
    }

    public void Dispose()
    {
        _process.Dispose();
        _next.Dispose();
    }

    private string SocketOf(int generation) => _folder.At("s" + generation.ToString(CultureInfo.InvariantCulture));

    private ChildProcess Launch(int generation) =>
        ChildProcess.Start(s_program, ["--socket-path", SocketOf(generation), "--file", FilePath, .. _options]);
}
