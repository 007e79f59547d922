// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Control;

/// <summary>
/// The control socket of a board. A request is a line of words; the answer is any number of lines that begin with "- ",
/// and a last one that is "ok" or begins with "error ". To a client that watches, changes come as lines with "- " at any time.
/// </summary>
public sealed class BoardControl : ILineHandler, IDisposable
{
    private readonly Board _board;
    private readonly EventLoop _loop;
    private readonly List<Watcher> _watchers = [];
    private volatile bool _watched;

    /// <param name="loop">The control socket's own.</param>
    public BoardControl(Board board, EventLoop loop)
    {
        _board = board;
        _loop = loop;
        board.ParameterChanged += OnChanged;
    }

    public void Dispose() => _board.ParameterChanged -= OnChanged;

    void ILineHandler.OnLine(LineClient client, string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0)
            return;
        string? problem = words[0] == "watch"
            ? Watch(client, words)
            : BoardCommands.Run(_board, words, text => client.Send("- " + text));
        client.Send(problem is null ? "ok" : "error " + problem);
    }

    void ILineHandler.OnClosed(LineClient client)
    {
        _ = _watchers.RemoveAll(w => w.Client == client);
        _watched = _watchers.Count > 0;
    }

    private string? Watch(LineClient client, string[] words)
    {
        if (words.Length > 3)
            return "watch [PART [PARAMETER]]";
        BoardPart? part = null;
        BoardParameter? parameter = null;
        if (words.Length > 1 && BoardCommands.TryFind(_board, words[1], words.ElementAtOrDefault(2), out part, out parameter) is { } problem)
            return problem;
        // It may end its side and stay for what is to come.
        client.BeginAnswer();
        _watchers.Add(new Watcher(client, part, parameter));
        _watched = true;
        return null;
    }

    // Under the board's gate, on any thread.
    private void OnChanged(BoardPart part, BoardParameter parameter)
    {
        if (!_watched)
            return;
        string line = "- " + BoardCommands.Show(part, parameter);
        _loop.Post(() => Tell(part, parameter, line));
    }

    private void Tell(BoardPart part, BoardParameter parameter, string line)
    {
        // A client that does not read is dropped while the list is gone through.
        foreach (Watcher watcher in _watchers.ToArray())
        {
            if ((watcher.Part ?? part) == part && (watcher.Parameter ?? parameter) == parameter)
                watcher.Client.Send(line);
        }
    }

    private sealed record Watcher(LineClient Client, BoardPart? Part, BoardParameter? Parameter);
}
