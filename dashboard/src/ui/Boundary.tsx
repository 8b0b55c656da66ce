import { Component, type ReactNode } from 'react';
import { ErrorCard } from './ErrorCard';

/** Keeps a part that broke, or whose code did not load, from taking the page with it. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <ErrorCard error={error} onRetry={() => this.setState({ error: null })} />;
  }
}
