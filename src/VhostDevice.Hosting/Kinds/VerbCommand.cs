// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;

namespace VhostDevice.Hosting.Kinds;

/// <summary>Asks a daemon that runs: <c>vhost-device scsi list --control-socket PATH</c>.</summary>
/// <param name="who">Who is asked, for messages: "scsi daemon".</param>
/// <param name="socket">The setting that names the daemon's control socket.</param>
/// <param name="example">What stands between the command's name and its words in an example; empty, or with a blank at the end.</param>
/// <param name="hint">Another way to name the socket, for messages.</param>
public sealed class VerbCommand(string who, ControlVerb verb, TextSetting socket, string example = "", string hint = "") : Command
{
    public override string Name => verb.Name;

    public override string Purpose => verb.Purpose;

    public override IReadOnlyList<Setting> Settings => [socket];

    public override IReadOnlyList<Positional> Words => verb.Words;

    public override IReadOnlyList<string> Examples => [(example + verb.Example).TrimEnd()];

    /// <inheritdoc/>
    public override int Run(Values values)
    {
        AnsweredFile? file = verb.AnswersFile ? new(values.Words.ElementAtOrDefault(verb.Words.Count - 1)) : null;
        StringBuilder request = new(verb.Name);
        foreach (string word in file is null ? values.Words : values.Words.Take(verb.Words.Count - 1))
            request.Append(' ').Append(verb.Complete is null ? word : verb.Complete(word));
        string line = request.ToString();
        if (Encoding.UTF8.GetByteCount(line) > LineClient.MaxLine)
            throw new StartupException(
                $"what follows '{verb.Name}' is too long: {LineClient.MaxLine - verb.Name.Length - 1} bytes at the most, with whole paths",
                isUsage: true);
        int status = ControlClient.Ask(who, values[socket]!, line, verb.Stays, file is null ? StandardOutput.WriteLine : file.Take, hint);
        file?.Write();
        return status;
    }

    /// <summary>The setting that every verb of a device has.</summary>
    internal static TextSetting RequiredSocket { get; } = new(
        ControlSocket.Option, null, "PATH", "The --control-socket of the daemon")
    {
        IsRequired = true,
    };
}
