// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>What a child is started with, besides its arguments.</summary>
internal sealed record ChildOptions
{
    internal IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Descriptors that it inherits: the number there, and what it is here.</summary>
    internal IReadOnlyList<(int Number, OwnedFd Fd)> Inherited { get; init; } = [];

    /// <summary>What it is called by (argv[0]); null: its path.</summary>
    internal string? CalledBy { get; init; }

    /// <summary>A file in place of the pipe for standard output.</summary>
    internal string? OutputFile { get; init; }
}

/// <summary>A running program, whose output is collected. Killed when the test leaves it behind.</summary>
internal sealed unsafe class ChildProcess : IDisposable
{
    private readonly OwnedFd _pidFd;
    private int? _status;

    private ChildProcess(int id, TextPipe output, TextPipe error)
    {
        Id = id;
        Out = output;
        Err = error;
        _pidFd = new OwnedFd(Libc.PidFdOpen(id));
    }

    internal int Id { get; }

    internal TextPipe Out { get; }

    internal TextPipe Err { get; }

    internal bool HasExited => _status is not null || EventFd.Wait(_pidFd.Fd, 0);

    internal static ChildProcess Start(string path, IReadOnlyList<string> arguments, ChildOptions? options = null)
    {
        options ??= new ChildOptions();
        (OwnedFd outRead, OwnedFd outWrite) = Pipe();
        (OwnedFd errRead, OwnedFd errWrite) = Pipe();
        using OwnedFd? file = options.OutputFile is null ? null : Open(options.OutputFile);
        using (outWrite)
        using (errWrite)
        {
            List<(int, int)> descriptors = [(1, (file ?? outWrite).Fd), (2, errWrite.Fd)];
            descriptors.AddRange(options.Inherited.Select(i => (i.Number, i.Fd.Fd)));
            int id = Spawn.Start(path, [options.CalledBy ?? path, .. arguments], options.Environment, descriptors);
            GC.KeepAlive(options);
            return new ChildProcess(id, new TextPipe(outRead), new TextPipe(errRead));
        }
    }

    internal void Signal(int signal) => Assert.Equal(0, Libc.kill(Id, signal));

    /// <summary>Waits for the end; the test fails when it does not come.</summary>
    /// <returns>The exit status, or 128 and the number of the signal that ended it, as shells say it.</returns>
    internal int WaitForExit(int milliseconds = Patience.Milliseconds)
    {
        if (_status is { } known)
            return known;
        Assert.True(EventFd.Wait(_pidFd.Fd, milliseconds), $"The program did not end within {milliseconds} ms:\n{string.Join('\n', Err.Lines)}");
        int status;
        Assert.Equal(Id, Libc.waitpid(Id, &status, 0));
        HasEnded(status);
        return _status!.Value;
    }

    /// <summary>Somebody else has waited for it.</summary>
    /// <param name="status">As waitpid(2) gives it.</param>
    internal void HasEnded(int status)
    {
        int signal = status & 0x7f;
        _status = signal != 0 ? 128 + signal : (status >> 8) & 0xff;
    }

    public void Dispose()
    {
        int status = 0;
        if (_status is null)
        {
            _ = Libc.kill(Id, Libc.SIGKILL);
            _ = Libc.waitpid(Id, &status, 0);
        }

        Out.Dispose();
        Err.Dispose();
        _pidFd.Dispose();
        // Whatever else the test has met is a consequence of this.
        Assert.True((status & 0x7f) != Libc.SIGSYS, SandboxDeath.Explain(Id, Err.Lines));
    }

    private static (OwnedFd Read, OwnedFd Write) Pipe()
    {
        Assert.True(Files.CreatePipe(nonBlocking: false, out OwnedFd? read, out OwnedFd? write).IsSuccess);
        return (read!, write!);
    }

    private static OwnedFd Open(string path)
    {
        Assert.True(Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd).IsSuccess);
        return fd!;
    }
}
