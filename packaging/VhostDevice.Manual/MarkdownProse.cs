// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace VhostDevice.Manual;

/// <summary>Pages of docs/ as parts of manual pages.</summary>
/// <param name="page">Gets them.</param>
/// <param name="devices">Names of devices, which have manual pages, too.</param>
public sealed class MarkdownProse(MdocText page, IReadOnlySet<string> devices)
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    /// <summary>The blocks of a page, its headings among them.</summary>
    public static MarkdownDocument Read(string text) => Markdown.Parse(text, s_pipeline);

    /// <summary>What a heading says.</summary>
    public static string Plain(HeadingBlock heading)
    {
        StringBuilder text = new();
        foreach (Inline inline in heading.Inline!)
            text.Append(inline is CodeInline code ? code.Content : inline.ToString());
        return text.ToString();
    }

    /// <summary>Writes a block.</summary>
    public void Write(Block block)
    {
        switch (block)
        {
            case HeadingBlock heading:
                if (heading.Level > 2)
                    page.Paragraph();
                page.Macro(heading.Level == 2 ? $".Ss \"{Heading(heading)}\"" : $".Sy \"{Heading(heading)}\"");
                if (heading.Level > 2)
                    page.Paragraph();
                break;
            case CodeBlock code:
                page.Display(code.Lines.Lines.Take(code.Lines.Count).Select(l => l.ToString()));
                break;
            case ParagraphBlock paragraph:
                page.Paragraph();
                page.Prose(Text(paragraph.Inline));
                page.Paragraph();
                break;
            case ListBlock list:
                WriteList(list);
                break;
            case Table table:
                WriteTable(table);
                break;
            default:
                throw new InvalidOperationException($"line {block.Line + 1}: a manual page has no {block.GetType().Name}");
        }
    }

    private static string Heading(HeadingBlock heading) => MdocText.Escape(Plain(heading));

    private string Text(ContainerInline? inlines)
    {
        StringBuilder text = new();
        foreach (Inline inline in (IEnumerable<Inline>?)inlines ?? [])
        {
            _ = inline switch
            {
                LiteralInline literal => text.Append(MdocText.Escape(literal.ToString())),
                CodeInline code => text.Append("\\fB").Append(MdocText.Escape(code.Content)).Append("\\fR"),
                EmphasisInline strong => text.Append("\\fI").Append(Text(strong)).Append("\\fR"),
                LineBreakInline => text.Append(' '),
                LinkInline link => text.Append(Text(link)).Append(PageOf(link)),
                AutolinkInline address => text.Append(MdocText.Escape(address.Url)),
                HtmlEntityInline entity => text.Append(MdocText.Escape(entity.Transcoded.ToString())),
                _ => throw new InvalidOperationException($"line {inline.Line + 1}: a manual page has no {inline.GetType().Name}"),
            };
        }

        return text.ToString();
    }

    // Links to pages of docs/ that are manual pages, too.
    private string PageOf(LinkInline link)
    {
        string path = (link.Url ?? "").Split('#')[0];
        string name = Path.GetFileNameWithoutExtension(path);
        return !path.EndsWith(".md", StringComparison.Ordinal) ? ""
            : name == "boards" ? " (vhost\\-device\\-board(5))"
            : name == "operating" ? " (vhost\\-device(7))"
            : devices.Contains(name) ? $" (vhost\\-device\\-{name}(1))"
            : "";
    }

    private void WriteList(ListBlock list)
    {
        page.Macro(list.IsOrdered ? ".Bl -enum" : ".Bl -bullet");
        foreach (ListItemBlock item in list.Cast<ListItemBlock>())
        {
            page.Macro(".It");
            bool isFirst = true;
            foreach (Block block in item)
            {
                if (isFirst && block is ParagraphBlock paragraph)
                    page.Prose(Text(paragraph.Inline));
                else
                    Write(block);
                isFirst = false;
                page.Paragraph();
            }

        }

        page.Macro(".El");
        page.Paragraph();
    }

    // The first column is what it is about; of more than two, the others say what they are.
    private void WriteTable(Table table)
    {
        string[][] rows = [.. table.Cast<TableRow>().Select(row => row.Cast<TableCell>().Select(Cell).ToArray())];
        page.Macro(".Bl -tag -width Ds");
        foreach (string[] row in rows.Skip(1))
        {
            page.Macro(".It \\&" + row[0]); // what looks like a macro is none
            for (int i = 1; i < row.Length; i++)
            {
                if (row[i].Length == 0)
                    continue;
                bool isNamed = row.Length > 2 && i > 1 && rows[0][i].Length > 0;
                page.Prose(isNamed ? $"{rows[0][i]}: {row[i]}." : row.Length > 2 ? $"{row[i]}." : row[i]);
            }
        }

        page.Macro(".El");
        page.Paragraph();
    }

    private string Cell(TableCell cell) => string.Join(' ', cell.OfType<ParagraphBlock>().Select(p => Text(p.Inline)));
}
