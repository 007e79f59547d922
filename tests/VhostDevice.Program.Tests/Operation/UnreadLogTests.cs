// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Operation;

/// <summary>A log that nobody reads, or that shows little, costs lines and nothing else.</summary>
public sealed class UnreadLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Guests_are_served_when_the_log_s_pipe_is_full()
    {
        // The shell opens the pipe for both sides, so that nobody reads it and it never breaks.
        using ChildProcess daemon = ChildProcess.Start(
            "/bin/sh",
            ["-c", "mkfifo \"$2\" && exec \"$0\" -s \"$1\" --log-level trace 2<>\"$2\"", ProgramFile.RngLink, _folder.At("rng"), _folder.At("log")]);
        Eventually.Holds(() => File.Exists(_folder.At("rng0")), () => "it does not listen");
        // More than 64 KiB of lines: each front-end's messages have one each.
        for (int i = 0; i < 100; i++)
        {
            using Guest guest = Guest.Connect(_folder.At("rng0"));
            Assert.NotEmpty(guest.Ask(64));
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    /// <summary>Front-ends that come and go are worth lines of a lower level, of which there is a limit.</summary>
    [Fact]
    public void A_warning_is_shown_after_any_number_of_lines_that_are_not()
    {
        using ChildProcess daemon = ChildProcess.Start(ProgramFile.RngLink, ["-s", _folder.At("rng"), "--log-level", "warn"]);
        daemon.Err.WaitFor("listening on");
        for (int i = 0; i < 60; i++)
        {
            using Guest guest = Guest.Connect(_folder.At("rng0"));
        }

        using (FrontEndConnection bad = FrontEndConnection.Connect(_folder.At("rng0")))
            bad.SendRaw([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        daemon.Err.WaitFor("has protocol version 2");
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }
}
