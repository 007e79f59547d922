// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>The commands for those who use a port.</summary>
internal static class ConsoleTools
{
    internal static readonly TextSetting Socket = new(ControlSocket.Option, null, "PATH", "The --control-socket of the daemon") { IsRequired = true };

    internal static readonly TextSetting Record = new("--record", null, "FILE", "Record what is shown, for 'asciinema play FILE'");

    internal static readonly FlagSetting Enter = new("--enter", null, "Press Enter behind the text");

    internal static readonly NumberSetting Timeout = new(
        "--timeout", "-t", "TIME", "How long to wait before it has failed", from: 1, to: 86_400_000, byDefault: 30_000, NumberUnit.Milliseconds);

    internal const string TextForm = @"\r \n \t \e \ and \xHH stand for keys; ^C and its like are \x03";

    internal static IReadOnlyList<Command> All => [new AttachCommand(), new SendCommand(), new ExpectCommand(), new LogCommand()];

    internal static TimeSpan Patience(Values values) => TimeSpan.FromMilliseconds(values[Timeout]);

    internal static Recording? Recorded(Values values, WindowSize size) => values[Record] is { } path ? Recording.Create(path, size) : null;

    internal static WindowSize WindowSize()
    {
        _ = Terminal.Size(1, out WindowSize size);
        return size;
    }

    /// <exception cref="StartupException">There is no such key.</exception>
    internal static byte[] Keys(string text, bool enter)
    {
        List<byte> keys = [];
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '\\')
            {
                keys.Add(bytes[i]);
                continue;
            }

            char c = i + 1 < bytes.Length ? (char)bytes[++i] : '\0';
            byte? key = c switch
            {
                'r' => (byte)'\r',
                'n' => (byte)'\n',
                't' => (byte)'\t',
                'e' => 0x1B,
                '\\' => (byte)'\\',
                'x' when i + 2 < bytes.Length && byte.TryParse(
                    bytes.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte b) => b,
                _ => null,
            };
            if (c == 'x')
                i += 2;
            keys.Add(key ?? throw new StartupException($"'{text}' has a \\ that stands for no key: {TextForm}", isUsage: true));
        }

        if (enter)
            keys.Add((byte)'\r');
        return [.. keys];
    }
}
