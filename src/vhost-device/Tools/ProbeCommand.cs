// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Linux;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

namespace VhostDevice.Program.Tools;

/// <summary><c>vhost-device probe</c>: asks a back-end, ours or not, what it offers.</summary>
internal sealed class ProbeCommand : Command
{
    private const ulong DefaultTimeoutMilliseconds = 5000;

    private static readonly TextSetting s_path = new("--socket-path", "-s", "PATH", "Where the back-end listens; PATH alone says the same");

    private static readonly TextSetting s_device = new(
        "--device", "-d", "TYPE",
        "The device's type (rng, vsock, scsi, ... or a virtio id), to name its feature bits; vhost-user does not tell it")
    {
        Wanted = $"a virtio id, or {string.Join(", ", DeviceTypes.Names)}",
        IsPossible = static text => DeviceTypes.TryParse(text, out _),
    };

    private static readonly NumberSetting s_timeout = new(
        "--timeout", null, "MILLISECONDS", "How long to wait for each answer",
        from: 0, to: int.MaxValue, DefaultTimeoutMilliseconds, NumberUnit.Milliseconds);

    public override string Name => "probe";

    public override string Purpose => "Print what a vhost-user back-end offers: features, queues, configuration space";

    public override IReadOnlyList<string> Examples => ["/run/vm/rng0 --device rng"];

    public override IReadOnlyList<Setting> Settings => [s_path, s_device, s_timeout];

    public override IReadOnlyList<Positional> Words => [new("PATH", "Where the back-end listens", least: 0)];

    public override string? Problem(Values values) =>
        values.Has(s_path) && values.Words.Count > 0 ? $"unexpected argument '{values.Words[0]}'"
        : !values.Has(s_path) && (values.Words.Count == 0 || values.Words[0].Length == 0) ? "--socket-path PATH is missing"
        : null;

    public override int Run(Values values)
    {
        string path = values[s_path] ?? values.Words[0];
        uint? device = values[s_device] is { } text && DeviceTypes.TryParse(text, out uint id) ? id : null;
        ProbeResult result;
        try
        {
            result = BackEndProbe.Run(path, TimeSpan.FromMilliseconds(values[s_timeout]));
        }
        catch (FrontEndException problem) when (problem.Failure == FrontEndFailure.Connect)
        {
            string why = problem.Errno == Errno.ENAMETOOLONG ? $"a socket path has at most {UnixSocket.MaxPathBytes} bytes" : problem.Errno.Message;
            throw new StartupException($"cannot connect to {path}: {why}");
        }

        foreach (string line in ProbeReport.Lines(result, device))
            StandardOutput.WriteLine(line);
        return result.Problem is null ? 0 : throw new StartupException($"the probe ended early: {result.Problem.Message}");
    }
}
