// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Manual;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length != 4)
{
    Console.Error.WriteLine("usage: vhost-device-manual COMMANDS.json DOCS YYYY-MM-DD OUT");
    return 2;
}

IReadOnlyList<CommandNode> commands = CommandNode.ReadAll(File.ReadAllText(args[0]));
string share = args[3];
foreach ((string name, string text) in new ManualPages(commands, args[1], DateOnly.Parse(args[2], CultureInfo.InvariantCulture)).All())
    Put(Path.Combine(share, "man", "man" + name[^1], name), text);
Completions completions = new(commands);
Put(Path.Combine(share, "bash-completion", "completions", "vhost-device"), completions.Bash());
Put(Path.Combine(share, "zsh", "site-functions", "_vhost-device"), completions.Zsh());
Put(Path.Combine(share, "fish", "vendor_completions.d", "vhost-device.fish"), completions.Fish());
return 0;

static void Put(string path, string text)
{
    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    File.WriteAllText(path, text);
}
