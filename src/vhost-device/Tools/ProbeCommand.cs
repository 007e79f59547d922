// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Hosting;
using VhostDevice.Linux;
using VhostDevice.Program.CommandLine;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio;

namespace VhostDevice.Program.Tools;

/// <summary><c>vhost-device probe</c>: asks a back-end, ours or not, what it offers.</summary>
internal static class ProbeCommand
{
    private const uint DefaultTimeoutMilliseconds = 5000;

    internal static Command Create()
    {
        Option<string?> path = new("--socket-path", "-s")
        {
            Description = "Where the back-end listens; PATH alone says the same",
            HelpName = "PATH",
        };
        Argument<string?> plain = new("PATH")
        {
            Description = "Where the back-end listens",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> device = new("--device", "-d")
        {
            Description = "The device's type (rng, vsock, scsi, ... or a virtio id), to name its feature bits; vhost-user does not tell it",
            HelpName = "TYPE",
        };
        device.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !DeviceTypes.TryParse(result.Tokens[0].Value, out _))
                result.AddError($"'{result.Tokens[0].Value}' is no --device: a virtio id, or {string.Join(", ", DeviceTypes.Names)}");
        });
        Option<uint> timeout = new("--timeout")
        {
            Description = "How long to wait for each answer",
            HelpName = "MILLISECONDS",
            DefaultValueFactory = _ => DefaultTimeoutMilliseconds,
            CustomParser = Numbers.U32,
        };
        Command command = new("probe", "Print what a vhost-user back-end offers: features, queues, configuration space")
        {
            plain, path, device, timeout,
        };
        command.Validators.Add(result =>
        {
            string? word = result.GetResult(plain) is { Tokens: [{ } token] } ? token.Value : null;
            bool isNamed = result.GetResult(path) is not null;
            if (isNamed && word is not null)
                result.AddError($"unexpected argument '{word}'");
            else if (!isNamed && string.IsNullOrEmpty(word))
                result.AddError("--socket-path PATH is missing");
        });
        command.Options.Add(CommandHelp.Option("PATH [options]", "/run/vm/rng0 --device rng"));
        command.SetAction(result => Run(
            result.InvocationConfiguration.Output,
            result.GetValue(path) ?? result.GetValue(plain)!,
            result.GetValue(device) is { } text && DeviceTypes.TryParse(text, out uint id) ? id : null,
            TimeSpan.FromMilliseconds(result.GetValue(timeout))));
        return command;
    }

    private static int Run(TextWriter output, string path, uint? deviceType, TimeSpan timeout)
    {
        ProbeResult result;
        try
        {
            result = BackEndProbe.Run(path, timeout);
        }
        catch (FrontEndException problem) when (problem.Failure == FrontEndFailure.Connect)
        {
            string why = problem.Errno == Errno.ENAMETOOLONG ? $"a socket path has at most {UnixSocket.MaxPathBytes} bytes" : problem.Errno.Message;
            throw new StartupException($"cannot connect to {path}: {why}");
        }

        foreach (string line in ProbeReport.Lines(result, deviceType))
            output.WriteLine(line);
        return result.Problem is null ? 0 : throw new StartupException($"the probe ended early: {result.Problem.Message}");
    }
}
