// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Control;

/// <summary>
/// Requests of a control socket that are carried out on the loop of the devices they are about. A request is a line; the
/// answer is any number of lines that begin with "- ", and a last one that is "ok" or begins with "error ".
/// </summary>
/// <param name="own">The control socket's loop.</param>
/// <param name="run">
/// Carries out a line, passing on the lines of the answer; returns what was wrong, or null. <see cref="StartupException"/>
/// is an answer, too.
/// </param>
public sealed class LoopRequests(EventLoop own, Func<string, Action<string>, string?> run, ILogger log) : ILineHandler
{
    private EventLoop? _loop;
    private LoopCrew? _crew;

    /// <summary>The loop of the devices; before the control socket's own loop runs.</summary>
    /// <param name="crew">Led by that loop, where others serve the devices, too: they stand still meanwhile.</param>
    public void Serve(EventLoop loop, LoopCrew? crew = null)
    {
        _loop = loop;
        _crew = crew;
    }

    /// <inheritdoc/>
    public void OnLine(LineClient client, string line)
    {
        // A name at the end may end with blanks.
        string text = line.TrimStart();
        if (text.Length == 0)
            return;
        client.BeginAnswer();
        _loop!.Post(() => Run(client, text));
    }

    /// <inheritdoc/>
    public void OnClosed(LineClient client)
    {
    }

    // On the devices' loop; the answer goes back to the socket's. Whatever goes wrong, the client hears of it.
    private void Run(LineClient client, string text)
    {
        List<string> lines = [];
        string? problem;
        try
        {
            using (_crew?.StandStill() ?? default)
                problem = run(text, line => lines.Add("- " + line));
        }
        catch (StartupException refused)
        {
            lines.Clear();
            problem = refused.Message.ReplaceLineEndings(" ");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            log.LogError("internal error in a request, going on: {Fault}", fault.ToString());
            lines.Clear();
            problem = "internal error, see the daemon's log";
        }

        lines.Add(problem is null ? "ok" : "error " + problem);
        own.Post(() =>
        {
            foreach (string each in lines)
                client.Send(each);
            client.EndAnswer();
        });
    }
}
