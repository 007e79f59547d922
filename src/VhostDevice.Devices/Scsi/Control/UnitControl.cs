// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Control;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Control;

/// <summary>
/// The control socket of a target. A request is a line; the answer is any number of lines that begin with "- ", and a
/// last one that is "ok" or begins with "error ". Requests are carried out on the target's loop.
/// </summary>
public sealed class UnitControl : ILineHandler, IDisposable
{
    private readonly UnitCommands _commands;
    private readonly EventLoop _loop;
    private LineServer? _server;
    private EventLoop? _targetLoop;
    private LoopCrew? _crew;

    private UnitControl(UnitCommands commands, EventLoop loop)
    {
        _commands = commands;
        _loop = loop;
    }

    /// <summary>Serves a listening, non-blocking Unix socket on a loop; the result owns it from now on, even when this fails.</summary>
    public static Errno Listen(EventLoop loop, OwnedFd listener, UnitCommands commands, out UnitControl? control)
    {
        UnitControl made = new(commands, loop);
        Errno errno = LineServer.Listen(loop, listener, made, out made._server);
        control = errno.IsSuccess ? made : null;
        return errno;
    }

    /// <summary>The loop that the target is served on; before the control socket's own loop runs.</summary>
    /// <param name="crew">Led by that loop, where others serve the target, too.</param>
    public void Serve(EventLoop targetLoop, LoopCrew? crew = null)
    {
        _targetLoop = targetLoop;
        _crew = crew;
    }

    public void Dispose() => _server?.Dispose();

    void ILineHandler.OnLine(LineClient client, string line)
    {
        string text = line.TrimStart();
        if (text.Length == 0)
            return;
        client.BeginAnswer();
        _targetLoop!.Post(() => Run(client, text));
    }

    void ILineHandler.OnClosed(LineClient client)
    {
    }

    // On the target's loop; the answer goes back to the socket's.
    private void Run(LineClient client, string text)
    {
        List<string> lines = [];
        string? problem;
        using (_crew?.StandStill() ?? default)
            problem = _commands.Run(text, line => lines.Add("- " + line));
        lines.Add(problem is null ? "ok" : "error " + problem);
        _loop.Post(() =>
        {
            foreach (string each in lines)
                client.Send(each);
            client.EndAnswer();
        });
    }
}
