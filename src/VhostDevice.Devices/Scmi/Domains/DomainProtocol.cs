// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>A protocol whose commands are each about one of several domains, which have names and can be watched.</summary>
public abstract class DomainProtocol<T> : ScmiProtocol
    where T : ScmiDomain
{
    private uint _cause;

    private protected DomainProtocol(ScmiPlatform platform, byte id, uint version, IReadOnlyList<T> domains)
        : base(platform, id, version)
    {
        Domains = domains;
        for (int i = 0; i < domains.Count; i++)
        {
            int number = i;
            domains[i].Changed += () => OnChanged((uint)number, domains[number]);
        }
    }

    /// <summary>Their places are their numbers.</summary>
    public IReadOnlyList<T> Domains { get; }

    internal sealed override int StateWords => Domains.Count * WordsPerDomain;

    /// <summary>Words of what an agent has set of each: the first is what it is notified of.</summary>
    private protected virtual int WordsPerDomain => 1;

    /// <summary>NAME_GET.</summary>
    private protected abstract byte NameMessage { get; }

    /// <summary>Whether a command has a word of flags before the number of its domain.</summary>
    private protected virtual bool BeginsWithFlags(byte message) => false;

    /// <summary>Serves a command of the protocol's own, about a domain that the agent may use. Under the gate.</summary>
    /// <param name="flags">Of a command that begins with flags.</param>
    private protected abstract ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, T domain, uint flags);

    /// <summary>A domain is something else than before. Under the gate.</summary>
    private protected abstract void OnChanged(uint number, T domain);

    private protected sealed override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message)
    {
        uint flags = BeginsWithFlags(message) ? call.Take() : 0;
        uint number = call.Take();
        if (number >= (uint)Domains.Count)
            return ScmiStatus.NotFound;
        T domain = Domains[(int)number];
        if (message == NameMessage)
        {
            call.Put(0u);
            call.Put(domain.Name, LongNameBytes);
            return ScmiStatus.Success;
        }

        lock (Platform.Gate)
        {
            if (!agent.MayUse(this, number))
                return ScmiStatus.Denied;
            _cause = agent.Id;
            try
            {
                return Serve(agent, call, message, number, domain, flags);
            }
            finally
            {
                _cause = ScmiAgent.PlatformId;
            }
        }
    }

    /// <summary>Who changes something at the moment: an agent, or the platform itself.</summary>
    private protected uint Cause => _cause;

    private protected Span<uint> StateOf(ScmiAgent agent, uint number) =>
        agent.StateOf(this).Slice((int)number * WordsPerDomain, WordsPerDomain);

    /// <summary>Sets whether an agent is notified of something.</summary>
    private protected ScmiStatus SetNotify(ScmiAgent agent, uint number, byte message, uint enable)
    {
        if (!HasOnly(enable, 1))
            return ScmiStatus.InvalidParameters;
        ref uint word = ref StateOf(agent, number)[0];
        word = enable != 0 ? word | (1u << message) : word & ~(1u << message);
        return ScmiStatus.Success;
    }

    /// <summary>Tells those who want to know how something is now.</summary>
    /// <param name="message">Of the notification.</param>
    /// <param name="words">What follows who caused it and the number.</param>
    private protected void NotifyLatest(byte message, uint number, params ReadOnlySpan<uint> words) => Notify(message, number, isLatest: true, words);

    /// <summary>Tells those who want to know of something that happened.</summary>
    private protected void NotifyEvent(byte message, uint number, params ReadOnlySpan<uint> words) => Notify(message, number, isLatest: false, words);

    private protected static uint LongName(ScmiDomain domain, uint flag) => domain.Name.Length >= ShortNameBytes ? flag : 0;

    private void Notify(byte message, uint number, bool isLatest, ReadOnlySpan<uint> words)
    {
        Span<uint> all = [_cause, number, 0, 0];
        words.CopyTo(all[2..]);
        all = all[..(2 + words.Length)];
        foreach (ScmiAgent agent in Platform.Agents)
        {
            if ((StateOf(agent, number)[0] & (1u << message)) == 0 || !agent.MayUse(this, number))
                continue;
            if (isLatest)
                agent.NotifyLatest(this, message, number, all);
            else
                agent.Notify(this, message, all);
        }
    }
}
