// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>Reads boards from YAML. docs/boards.md describes what can be written.</summary>
public static class BoardFile
{
    /// <summary>The name of the board that is built in.</summary>
    public const string DemoName = "demo";

    /// <summary>The text of the built-in board, which is an example of all that can be written.</summary>
    public static string DemoText
    {
        get
        {
            using Stream stream = typeof(BoardFile).Assembly.GetManifestResourceStream("demo.yaml")!;
            using StreamReader reader = new(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Makes a board from a file, or the built-in one.</summary>
    /// <param name="path">A path, or <see cref="DemoName"/>.</param>
    /// <param name="catalogue">What it can say; null: <see cref="BoardCatalogue.BuiltIn"/>.</param>
    /// <exception cref="YamlFileException">It cannot be read or makes no board.</exception>
    public static Board Load(string path, TimeProvider? time = null, ILogger? log = null, BoardCatalogue? catalogue = null)
    {
        if (path == DemoName)
            return Parse(DemoText, "the demo board", "", time, log, catalogue);
        string text = YamlText.Read(path, "the board file", $"there is none; '{DemoName}' is the built-in board");
        return Parse(text, path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", time, log, catalogue);
    }

    /// <summary>Makes a board from the text of a file.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="folder">What paths in the text start from.</param>
    /// <param name="catalogue">What it can say; null: <see cref="BoardCatalogue.BuiltIn"/>.</param>
    /// <exception cref="YamlFileException">The text makes no board.</exception>
    public static Board Parse(
        string text,
        string file,
        string folder,
        TimeProvider? time = null,
        ILogger? log = null,
        BoardCatalogue? catalogue = null)
    {
        using StringReader reader = new(text);
        YamlMap root = new(file, YamlReader.Read(file, reader), "a board");
        Board board = new(root.Text("board") ?? "board", time, log);
        try
        {
            new BoardBuilder(board, catalogue ?? BoardCatalogue.BuiltIn, folder).Build(root);
            return board;
        }
        catch
        {
            board.Dispose();
            throw;
        }
    }
}
