// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Life;

/// <summary>
/// The program as a managed one, under a debugger for example: without the part that is C, and without what only the native
/// compiler's output can be denied.
/// </summary>
public sealed class ManagedTests
{
    /// <summary>The runtime that runs the tests: its libraries lie in shared/NAME/VERSION beside it.</summary>
    private static string DotNet =>
        Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private static string Managed => Path.Combine(
        ProgramFile.Repository, "src", "vhost-device", "bin", "Release", "net10.0", ProgramFile.RuntimeIdentifier, "vhost-device.dll");

    // What a just-in-time compiler writes it must be able to execute.
    [Fact]
    public void There_is_no_sandbox_for_it() =>
        Assert.Equal(
            "vhost-device: --sandbox needs a native build: make one with 'dotnet publish' and PublishAot, or use --sandbox off",
            Command.Run(DotNet, [Managed, "rng", "-s", "unused", "--sandbox", "full"]).RuntimeError());

    [Fact]
    public void The_program_serves_without_its_native_part()
    {
        using TemporaryFolder folder = new();
        using ChildProcess daemon = ChildProcess.Start(DotNet, [Managed, "rng", "-s", folder.At("rng")]);
        daemon.Err.WaitFor("listening on");
        Assert.Single(daemon.Err.Lines, l => l.Contains("this build has no native part", StringComparison.Ordinal));
        using (Guest guest = Guest.Connect(folder.At("rng0")))
            Assert.NotEmpty(guest.Ask(64));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }
}
