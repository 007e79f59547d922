// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace VhostDevice.Manual;

/// <summary>The manual pages of the program: a page in section 1 for each command, boards in 5, the family in 7.</summary>
/// <param name="commands">All of them.</param>
/// <param name="docs">The folder docs/.</param>
/// <param name="date">Of the pages.</param>
public sealed class ManualPages(IReadOnlyList<CommandNode> commands, string docs, DateOnly date)
{
    private const string Program = "vhost-device";

    // Sections of docs/ about what is not installed.
    private static readonly string[] s_leftOut = ["Tests with", "How it was tested", "Models of your own", "A bus of your own"];

    private readonly HashSet<string> _devices = [.. commands.Where(c => c.VirtioId is not null).Select(c => c.Name)];

    /// <summary>All pages, by file name.</summary>
    public IReadOnlyDictionary<string, string> All()
    {
        SortedDictionary<string, string> pages = new(StringComparer.Ordinal);
        foreach (CommandNode command in commands)
            pages.Add($"{Program}-{command.Name}.1", OfCommand(command));
        pages.Add($"{Program}-board.5", OfDocument("boards.md", "board", 5, "simulated boards in files", $"{Program} board serve --board FILE"));
        pages.Add($"{Program}.7", OfDocument("operating.md", "", 7, "virtio devices for virtual machines, attached through vhost-user sockets", ""));
        return pages;
    }

    private string OfCommand(CommandNode command)
    {
        MdocText page = Begin(command.Name, 1, Lower(command.Purpose));
        page.Macro(".Sh SYNOPSIS");
        Synopsis(page, $"{Program} {command.Name}", command);
        page.Macro(".Sh DESCRIPTION");
        string path = Path.Combine(docs, "devices", command.Name + ".md");
        List<Block> prose = File.Exists(path) ? [.. MarkdownProse.Read(File.ReadAllText(path))] : [];
        // What stands before the table of options introduces the device.
        int table = prose.FindIndex(b => b is Table);
        MarkdownProse writer = new(page, _devices);
        foreach (Block block in table < 0 ? [] : prose.Take(table).Where(b => b is not HeadingBlock { Level: 1 }))
            writer.Write(block);
        if (table < 0)
            page.Prose(MdocText.Escape(command.Purpose + "."));
        page.Paragraph();
        Details(page, command);
        if (command.Commands.Count > 0)
        {
            page.Macro(".Ss Commands");
            foreach (CommandNode below in command.Commands)
            {
                Synopsis(page, $"{Program} {command.Name} {below.Name}", below);
                page.Paragraph();
                page.Prose(MdocText.Escape(below.Purpose + "."));
                page.Paragraph();
                Details(page, below);
            }
        }

        foreach (Block block in WithoutTests(prose.Skip(table + 2)))
            writer.Write(block);
        End(page, command.VirtioId is not null, command);
        return page.ToString();
    }

    private string OfDocument(string file, string name, int section, string purpose, string synopsis)
    {
        MdocText page = Begin(name, section, purpose);
        if (synopsis.Length > 0)
        {
            page.Macro(".Sh SYNOPSIS");
            page.Macro($".Nm {synopsis.Replace("--", "Fl -", StringComparison.Ordinal).Replace("FILE", "Ar FILE", StringComparison.Ordinal)}");
        }

        page.Macro(".Sh DESCRIPTION");
        MarkdownProse writer = new(page, _devices);
        foreach (Block block in WithoutTests(MarkdownProse.Read(File.ReadAllText(Path.Combine(docs, file)))))
            writer.Write(block);
        if (section == 7)
        {
            page.Macro(".Ss Commands");
            page.Macro(".Bl -tag -width Ds");
            foreach (CommandNode command in commands)
            {
                page.Macro($".It Xr {Program}-{command.Name} 1");
                page.Prose(MdocText.Escape(command.Purpose + "."));
            }

            page.Macro(".El");
        }

        page.Macro(".Sh SEE ALSO");
        SeeAlso(page, name, section);
        return page.ToString();
    }

    private static IEnumerable<Block> WithoutTests(IEnumerable<Block> blocks)
    {
        bool isLeftOut = false;
        foreach (Block block in blocks)
        {
            if (block is HeadingBlock heading)
            {
                if (heading.Level == 1)
                    continue;
                if (heading.Level == 2)
                    isLeftOut = s_leftOut.Any(t => MarkdownProse.Plain(heading).StartsWith(t, StringComparison.Ordinal));
            }

            if (!isLeftOut)
                yield return block;
        }
    }

    private MdocText Begin(string name, int section, string purpose)
    {
        string whole = name.Length == 0 ? Program : $"{Program}-{name}";
        MdocText page = new();
        page.Macro($".Dd {date:MMMM d, yyyy}");
        page.Macro($".Dt {whole.ToUpperInvariant()} {section}");
        page.Macro(".Os");
        page.Macro(".Sh NAME");
        page.Macro($".Nm {whole}");
        page.Macro($".Nd {MdocText.Escape(purpose)}");
        return page;
    }

    private static void Synopsis(MdocText page, string name, CommandNode command)
    {
        page.Macro($".Nm {name}");
        List<string> words = [];
        foreach (string word in command.Usage.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string bare = word.Trim('[', ']');
            string macro = bare.StartsWith("--", StringComparison.Ordinal) ? "Fl " + bare[1..] : "Ar " + bare;
            words.Add(word.StartsWith('[') ? "Op " + macro : macro);
        }

        foreach (string word in words)
            page.Macro("." + word);
    }

    private static void Details(MdocText page, CommandNode command)
    {
        if (command.Options.Count + command.Arguments.Count == 0)
            return;
        page.Macro(".Bl -tag -width Ds");
        foreach (ArgumentNode word in command.Arguments)
        {
            page.Macro($".It Ar {word.Name}{(word.Most is null ? " ..." : "")}");
            page.Prose(MdocText.Escape(Sentence(word.Help)));
        }

        foreach (OptionNode option in command.Options)
        {
            string[] names = option.Alias is null ? [option.Name]
                : option.Alias.Length == 2 ? [option.Alias, option.Name]
                : [option.Name, option.Alias];
            string value = option.Value is null ? "" : " Ar " + MdocText.Escape(option.Value);
            page.Macro($".It {string.Join(" , ", names.Select(n => "Fl " + n[1..] + value))}");
            page.Prose(MdocText.Escape(Sentence(option.Repeats ? option.Help + "; may be given several times" : option.Help)));
            if (option.Default is { } text)
                page.Prose(MdocText.Escape($"Default: {text}."));
        }

        page.Macro(".El");
        page.Paragraph();
    }

    private static void End(MdocText page, bool isDevice, CommandNode command)
    {
        if (isDevice)
        {
            page.Macro(".Sh ENVIRONMENT");
            page.Macro(".Bl -tag -width Ds");
            foreach ((string name, string text) in Common.Environment)
            {
                page.Macro($".It Ev {name}");
                page.Prose(MdocText.Escape(text));
            }

            page.Macro(".El");
            page.Macro(".Sh FILES");
            page.Macro(".Bl -tag -width Ds");
            page.Macro($".It Pa /run/vhost-device/{command.Name}-GUEST.sock");
            page.Prose(MdocText.Escape($"The socket of the unit vhost-device-{command.Name}@GUEST.socket."));
            page.Macro(".El");
        }

        page.Macro(".Sh EXIT STATUS");
        page.Macro(".Bl -tag -width Ds");
        foreach ((string status, string text) in isDevice ? Common.DaemonStatus : Common.ToolStatus)
        {
            page.Macro($".It {status}");
            page.Prose(MdocText.Escape(text));
        }

        page.Macro(".El");
        page.Macro(".Sh EXAMPLES");
        page.Display(command.Examples.Select(e => $"{Program} {command.Name} {e}")
            .Concat(command.Commands.SelectMany(c => c.Examples.Select(e => $"{Program} {command.Name} {c.Name} {e}"))));
        if (isDevice)
        {
            page.Paragraph();
            page.Prose(MdocText.Escape("Signals:"));
            page.Macro(".Bl -tag -width Ds");
            foreach ((string signal, string text) in Common.Signals)
            {
                page.Macro($".It Dv {signal}");
                page.Prose(MdocText.Escape(text));
            }

            page.Macro(".El");
        }

        page.Macro(".Sh SEE ALSO");
        SeeAlso(page, command.Name, 1);
    }

    // The page itself is not among them.
    private static void SeeAlso(MdocText page, string name, int section)
    {
        (string Name, int Section)[] pages = [($"{Program}-board", 1), ($"{Program}-probe", 1), ($"{Program}-board", 5), (Program, 7)];
        string own = name.Length == 0 ? Program : $"{Program}-{name}";
        (string Name, int Section)[] others = [.. pages.Where(p => p != (own, section))];
        for (int i = 0; i < others.Length; i++)
            page.Macro($".Xr {others[i].Name} {others[i].Section}{(i < others.Length - 1 ? " ," : "")}");
    }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

    private static string Lower(string purpose) =>
        !char.IsLower(purpose[1]) && purpose[1] != ' ' ? purpose : char.ToLowerInvariant(purpose[0]) + purpose[1..];
}
